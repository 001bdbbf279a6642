/* SPDX-License-Identifier: MIT */
/*
 * Stocks: for each size class, blocks that one thread had too many of and another may want. They
 * are kept as the chains that they were in the thread's bin, so that half a bin changes hands by a
 * few stores, whatever its length. A depot's lock protects its class's stock; most functions take
 * it.
 *
 * Blocks in a stock count as in use; their slab's bitmap does not have them as free.
 */
#ifndef SRC_STOCK_H
#define SRC_STOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Blocks linked as those of a bin are. */
struct hk_chain {
	uint64_t *head;
	unsigned count;
};

/* False if the stock has no room for it. */
bool hk_stock_give(unsigned class, struct hk_chain chain);

/* One chain, of at most `most` blocks, which is not 0. Its count is 0 if there is none. */
struct hk_chain hk_stock_take(unsigned class, unsigned most);

/* Puts all blocks back into their slabs, and returns how many there were; those of a chain. */
unsigned hk_stock_drain(unsigned class);
void hk_chain_put_back(unsigned class, struct hk_chain chain);

/* Whether p is in the stock. The depot's lock is held. */
bool hk_stock_has(unsigned class, const void *p);

/* How many blocks there are, by its own account and by walking. The depot's lock is held. */
unsigned hk_stock_blocks(unsigned class);
unsigned hk_stock_count(unsigned class);

#endif
