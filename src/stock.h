/* SPDX-License-Identifier: MIT */
/*
 * Stocks: for each size class, surplus blocks of one thread that another may want. They are kept
 * as the chains that they were in the thread's bin, so that half a bin changes hands by a few
 * stores, whatever its length. A depot's lock protects the stock of its class; most functions take
 * the lock themselves.
 *
 * Blocks in a stock count as in use; the bitmap of their slab does not show them as free.
 */
#ifndef SRC_STOCK_H
#define SRC_STOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Blocks, linked like those of a bin. */
struct hk_chain {
	uint64_t *head;
	unsigned count;
};

/* False: the stock has no room for the chain. */
bool hk_stock_give(unsigned class, struct hk_chain chain);

/* Takes one chain of at most `most` blocks, at least 1. Count 0: there is none. */
struct hk_chain hk_stock_take(unsigned class, unsigned most);

/* Puts all blocks of the stock, or of one chain, back into their slabs. Returns their number. */
unsigned hk_stock_drain(unsigned class);
void hk_chain_put_back(unsigned class, struct hk_chain chain);

/* Whether p is in the stock. The depot's lock is held. */
bool hk_stock_has(unsigned class, const void *p);

/* Number of blocks: as counted, and by walking the chains. The depot's lock is held. */
unsigned hk_stock_blocks(unsigned class);
unsigned hk_stock_count(unsigned class);

#endif
