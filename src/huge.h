/* SPDX-License-Identifier: MIT */
/*
 * Huge blocks: larger than HK_LARGE_MAX, or aligned to more than a granule. Each has a mapping of
 * its own that starts with a SuperSlab's header, of which one page is touched; the block stands a
 * granule behind it, or further if its alignment wants that.
 *
 * A few that were freed are kept for a while, as retained memory.
 */
#ifndef SRC_HUGE_H
#define SRC_HUGE_H

#include <stdbool.h>
#include <stddef.h>

/* align: a power of two. NULL without memory. *ret_clean: the block reads as zeros. */
void *hk_huge_alloc(size_t size, size_t align, bool *ret_clean);

/* p was found to be HK_HUGE. */
bool hk_huge_is_block(const void *p);
size_t hk_huge_usable(const void *p);
void hk_huge_free(void *p);

/* The block with another size, moved by the kernel if it must be; NULL: nothing has changed. */
void *hk_huge_resize(void *p, size_t size);

/* Unmaps the one that was freed first. False if none is kept. The heap's lock is held. */
bool hk_huge_purge_oldest(void);

void hk_huge_walk(void (*visit)(void *block));

/* Adds what live and kept ones amount to, in granules. The heap's lock is held. */
void hk_huge_totals(size_t *in_use, size_t *retained);

#endif
