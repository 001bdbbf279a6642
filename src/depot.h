/* SPDX-License-Identifier: MIT */
/*
 * Depots: the slabs of each size class, shared by all threads. The lock of a depot also protects
 * the stock of its class: stock.h.
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
	struct hk_slab *slabs; /* with free blocks */
	struct hk_slab *next;  /* where sparse.c goes on in `slabs`; NULL: at the first */
} __attribute__((aligned(64)));

extern struct hk_depot hk_depots[HK_CLASSES];

/*
 * Bytes in use, with at most HK_AWAITED_MAX for each block: free() waits for the memory of a
 * block's first word only, however large the block is.
 */
#define HK_AWAITED_MAX 1024
extern uint64_t hk_awaited_bytes;

/*
 * Takes up to `want` blocks, 1 to HK_CARVE_MAX, and returns their number: fewer if they are more
 * than a page or would need another slab; 0: out of memory. Takes the lock.
 */
unsigned hk_depot_take(unsigned class, void **blocks, unsigned want);

/* Puts blocks back. One that is free already, or not a block, aborts. Takes the lock. */
void hk_depot_give(unsigned class, void **blocks, unsigned count);

/* Whether the block p is in the stock or free in its slab. Takes the lock. */
bool hk_depot_has(unsigned class, const void *p);

#endif
