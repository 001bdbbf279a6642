/* SPDX-License-Identifier: MIT */
/* Large blocks: more than HK_MEDIUM_MAX, or aligned to more than a granule. Runs of granules. */
#ifndef SRC_LARGE_H
#define SRC_LARGE_H

#include "src/layout.h"

#include <stdbool.h>
#include <stddef.h>

/* align: a power of two. NULL: out of memory. *ret_clean: the block reads as zeros. */
void *hk_large_alloc(size_t size, size_t align, bool *ret_clean);

/* p must be the start of a large block: HK_LARGE in the granule map. */
size_t hk_large_usable(const void *p);
void hk_large_free(void *p);

/*
 * Makes room for size, above HK_MEDIUM_MAX: in place, or by moving the block with its contents.
 * NULL: out of memory, and the block is unchanged.
 */
void *hk_large_resize(void *p, size_t size);

#endif
