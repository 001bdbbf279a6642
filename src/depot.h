/* SPDX-License-Identifier: MIT */
/*
 * Depots: one for each size class, shared by all threads, under a lock. A depot has a stock of
 * blocks that one thread had too many of and another may want, and behind it the class's slabs.
 *
 * Blocks in the stock count as in use; their slab's bitmap does not have them as free.
 */
#ifndef SRC_DEPOT_H
#define SRC_DEPOT_H

#include "src/classes.h"
#include "src/lock.h"
#include "src/slab.h"

#include <stdbool.h>

struct hk_depot {
	struct hk_lock lock;
	uint32_t stocked, slab_count;
	struct hk_slab *slabs; /* those with free blocks */
	struct hk_slab *next;  /* of these: where sparse.c goes on; NULL: at the first */
} __attribute__((aligned(64)));

extern struct hk_depot hk_depots[HK_CLASSES];

/* Apart from the depots: most classes of most programs never have a stock. */
extern void *hk_stocks[HK_CLASSES][HK_STOCK_MAX];

/* Up to `want` blocks; fewer if more would need another slab; 0 without memory. */
unsigned hk_depot_take(unsigned class, void **blocks, unsigned want);

/* Takes blocks back. One that is free already, or was never one, ends the program. */
void hk_depot_give(unsigned class, void **blocks, unsigned count);

/* Puts the stock of every depot back into its slabs. */
void hk_depots_drain(void);

/* Whether a block, p at the start of one, is in the stock or free in its slab. Takes the lock. */
bool hk_depot_has(unsigned class, const void *p);

#endif
