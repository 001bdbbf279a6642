/* SPDX-License-Identifier: MIT */
/* Large blocks: more than HK_MEDIUM_MAX, or aligned to more than a granule. Runs of granules. */
#ifndef SRC_LARGE_H
#define SRC_LARGE_H

#include "src/layout.h"

#include <stdbool.h>
#include <stddef.h>

/* align: a power of two. NULL without memory. *ret_clean: the block reads as zeros. */
void *hk_large_alloc(size_t size, size_t align, bool *ret_clean);

/* p was found to be HK_LARGE. */
size_t hk_large_usable(const void *p);
void hk_large_free(void *p);

/*
 * The block with room for size, above HK_MEDIUM_MAX: where it is, or where there is room, its
 * contents moved. NULL without memory: then it is as it was.
 */
void *hk_large_resize(void *p, size_t size);

#endif
