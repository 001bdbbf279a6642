/* SPDX-License-Identifier: MIT */
/* Large blocks: runs of granules of a SuperSlab. */
#ifndef SRC_LARGE_H
#define SRC_LARGE_H

#include "src/layout.h"

#include <stdbool.h>
#include <stddef.h>

#define HK_LARGE_MAX (32 * HK_GRANULE)

/* size: HK_MEDIUM_MAX + 1 to HK_LARGE_MAX. NULL without memory. *ret_clean: it reads as zeros. */
void *hk_large_alloc(size_t size, bool *ret_clean);

/* p was found to be HK_LARGE. */
size_t hk_large_usable(const void *p);
void hk_large_free(void *p);

/* Where it is. False: it cannot grow there. */
bool hk_large_resize(void *p, size_t size);

#endif
