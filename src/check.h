/* SPDX-License-Identifier: MIT */
/*
 * HAKMEM_CHECK: every call goes through here instead of the caches. A block ends with guard bytes
 * and a sealed word with its size. free() checks both, fills the block, and holds it back for a
 * while to see whether it is still written to. The whole heap is walked now and then. A fault ends
 * the program with a line that names the block. Thread-safe.
 */
#ifndef SRC_CHECK_H
#define SRC_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* NULL: out of memory; errno is unchanged. */
void *hk_check_alloc(size_t align, size_t size, bool zero);
void *hk_check_realloc(void *p, size_t size);
void hk_check_free(void *p);

/* The requested size; the bytes behind it are guarded. */
size_t hk_check_size(const void *p);

/* Checks every block that is held back, and the whole heap. */
void hk_check_at_exit(void);

/* Around fork(), outermost. */
void hk_check_lock(void);
void hk_check_unlock(void);

/*
 * Walks all SuperSlabs, slabs, bitmaps, lists and counts, in any mode. Returns how many of the
 * invariants of docs/allocator.md are broken, and names each on stderr. No other thread may
 * allocate or free meanwhile.
 */
int hk_verify_heap(void);

/* Calls `visit` for each block that is not free in its slab, and for each large block. */
void hk_walk_blocks(void (*visit)(void *block));

#endif
