/* SPDX-License-Identifier: MIT */
/*
 * Depots: the slabs of each size class, shared by all threads, under a lock, which is the stock's
 * too: stock.h.
 */
#ifndef SRC_DEPOT_H
#define SRC_DEPOT_H

#include "src/classes.h"
#include "src/lock.h"
#include "src/slab.h"

#include <stdbool.h>

struct hk_depot {
	struct hk_lock lock;
	uint32_t slab_count;
	struct hk_slab *slabs; /* those with free blocks */
	struct hk_slab *next;  /* of these: where sparse.c goes on; NULL: at the first */
} __attribute__((aligned(64)));

extern struct hk_depot hk_depots[HK_CLASSES];

/*
 * In use, but of each block no more than HK_AWAITED_MAX: free() waits for the memory of a block's
 * first word, however large the block is.
 */
#define HK_AWAITED_MAX 1024
extern uint64_t hk_awaited_bytes;

/*
 * Up to `want` blocks, 1 to HK_CARVE_MAX; fewer if that is more than a page, or would need another
 * slab; 0 without memory.
 */
unsigned hk_depot_take(unsigned class, void **blocks, unsigned want);

/* Takes blocks back. One that is free already, or was never one, ends the program. */
void hk_depot_give(unsigned class, void **blocks, unsigned count);

/* Whether a block, p at the start of one, is in the stock or free in its slab. Takes the lock. */
bool hk_depot_has(unsigned class, const void *p);

#endif
