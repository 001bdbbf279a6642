/* SPDX-License-Identifier: MIT */
/*
 * Blocks of any size and alignment, by class, run of granules or mapping: what the entry points of
 * malloc.c call when the thread's cache has no answer, and what HAKMEM_CHECK is built on. Only for
 * the modes HK_NORMAL and HK_CHECK. errno is not touched.
 */
#ifndef SRC_HEAP_H
#define SRC_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/* At least `size` bytes, 0 included; NULL without memory. *ret_clean: they read as zeros. */
void *hk_alloc(size_t size, bool *ret_clean);

/* The same, at a multiple of align, a power of two. */
void *hk_alloc_aligned(size_t align, size_t size, bool *ret_clean);

/* p is not NULL. A pointer that is no block's ends the program. */
void hk_free(void *p);
size_t hk_usable_size(const void *p);

/*
 * The same block with room for size, not 0, where it is or moved; else NULL: the caller may still
 * find memory for it.
 */
void *hk_resize(void *p, size_t size);

/* Gives back what can be; returns how many bytes. */
size_t hk_trim(void);

#endif
