/* SPDX-License-Identifier: MIT */
/*
 * HAKMEM_CHECK: every call goes through here instead of the caches. A block ends with guard bytes
 * and a word that tells its size, sealed; free() looks at both, fills the block, and holds it back
 * for a while, to see whether somebody still writes to it. The whole heap is walked now and then.
 * What is found ends the program with a line that names the block.
 */
#ifndef SRC_CHECK_H
#define SRC_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* NULL without memory; errno is not touched. */
void *hk_check_alloc(size_t align, size_t size, bool zero);
void *hk_check_realloc(void *p, size_t size);
void hk_check_free(void *p);

/* The size that was asked for: what lies behind it is guarded. */
size_t hk_check_size(const void *p);

/* Looks at every block that is held back, and at the whole heap. */
void hk_check_at_exit(void);

/* Around fork(), outermost. */
void hk_check_lock(void);
void hk_check_unlock(void);

/*
 * Walks all SuperSlabs, slabs, bitmaps, lists and counts, in any mode; returns how many of the
 * invariants of docs/allocator.md are broken, and names each on stderr. No other thread may be
 * allocating or freeing.
 */
int hk_verify_heap(void);

/* Calls back for each block that is not free in its slab, and for each large one. */
void hk_walk_blocks(void (*visit)(void *block));

#endif
