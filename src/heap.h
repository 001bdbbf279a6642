/* SPDX-License-Identifier: MIT */
/*
 * Blocks of any size and alignment, in slabs or runs of granules. The entry points of malloc.c call
 * these functions when the thread's cache cannot serve a call; HAKMEM_CHECK is built on them. Only
 * for the modes HK_NORMAL and HK_CHECK. Thread-safe; errno is unchanged.
 */
#ifndef SRC_HEAP_H
#define SRC_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/* At least `size` bytes; 0 is allowed. NULL: out of memory. *ret_clean: they read as zeros. */
void *hk_alloc(size_t size, bool *ret_clean);

/* The same, at a multiple of `align`, a power of two. */
void *hk_alloc_aligned(size_t align, size_t size, bool *ret_clean);

/* p must not be NULL. A pointer that is not a block's aborts. */
void hk_free(void *p);
size_t hk_usable_size(const void *p);

/*
 * Makes room for size, not 0, in place or by moving the block. NULL: neither is possible; the block
 * is unchanged, and the caller may still allocate another one.
 */
void *hk_resize(void *p, size_t size);

/* Gives back as much memory as possible; returns the bytes. */
size_t hk_trim(void);

#endif
