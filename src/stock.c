/* SPDX-License-Identifier: MIT */
/*
 * Chains of free blocks between threads, a stock for each class. Called by cache.c, and by
 * sparse.c to empty them.
 */
#include "src/stock.h"
#include "src/cache.h"
#include "src/depot.h"

#define CHAINS 16
#define BATCH 64

static struct stock {
	unsigned chains, blocks;
	struct hk_chain chain[CHAINS];
} stocks[HK_CLASSES];

bool hk_stock_give(unsigned class, struct hk_chain chain)
{
	struct stock *stock = &stocks[class];
	bool room;

	hk_lock(&hk_depots[class].lock);
	room = stock->chains < CHAINS && stock->blocks + chain.count <= hk_classes[class].stock;
	if (room) {
		stock->chain[stock->chains] = chain;
		stock->blocks += chain.count;
		__atomic_store_n(&stock->chains, stock->chains + 1, __ATOMIC_RELAXED);
	}
	hk_unlock(&hk_depots[class].lock);
	return room;
}

/* Takes the first `most` blocks off a longer chain. */
static struct hk_chain cut(unsigned class, struct hk_chain *chain, unsigned most)
{
	struct hk_chain first = {chain->head, most};
	uint64_t *last = NULL;

	for (unsigned i = 0; i < most; i++)
		last = hk_follow(class, chain->head, &chain->head);
	*last = (uint64_t)HK_BIN_EMPTY ^ hk_settled.key;
	chain->count -= most;
	return first;
}

struct hk_chain hk_stock_take(unsigned class, unsigned most)
{
	struct stock *stock = &stocks[class];
	struct hk_chain taken = {HK_BIN_EMPTY, 0}, *last;

	HK_ASSERT(most >= 1);
	if (__atomic_load_n(&stock->chains, __ATOMIC_RELAXED) == 0)
		return taken;
	hk_lock(&hk_depots[class].lock);
	if (stock->chains > 0) {
		last = &stock->chain[stock->chains - 1];
		taken = last->count > most ? cut(class, last, most) : *last;
		if (taken.head == last->head)
			__atomic_store_n(&stock->chains, stock->chains - 1, __ATOMIC_RELAXED);
		stock->blocks -= taken.count;
	}
	hk_unlock(&hk_depots[class].lock);
	return taken;
}

void hk_chain_put_back(unsigned class, struct hk_chain chain)
{
	while (chain.head != HK_BIN_EMPTY) {
		void *blocks[BATCH];
		unsigned count = 0;

		while (count < BATCH && chain.head != HK_BIN_EMPTY)
			blocks[count++] = hk_follow(class, chain.head, &chain.head);
		hk_depot_give(class, blocks, count);
	}
}

unsigned hk_stock_drain(unsigned class)
{
	struct hk_chain chain;
	unsigned count = 0;

	while ((chain = hk_stock_take(class, UINT32_MAX)).count > 0) {
		count += chain.count;
		hk_chain_put_back(class, chain);
	}
	return count;
}

bool hk_stock_has(unsigned class, const void *p)
{
	bool found = false;

	HK_ASSERT(hk_holds(&hk_depots[class].lock));
	for (unsigned i = 0; i < stocks[class].chains; i++) {
		uint64_t *next = stocks[class].chain[i].head;

		while (next != HK_BIN_EMPTY && !found)
			found = hk_follow(class, next, &next) == p;
	}
	return found;
}

unsigned hk_stock_blocks(unsigned class)
{
	HK_ASSERT(hk_holds(&hk_depots[class].lock));
	return stocks[class].blocks;
}

unsigned hk_stock_count(unsigned class)
{
	unsigned count = 0;

	HK_ASSERT(hk_holds(&hk_depots[class].lock));
	for (unsigned i = 0; i < stocks[class].chains; i++)
		for (uint64_t *at = stocks[class].chain[i].head; at != HK_BIN_EMPTY; count++)
			hk_follow(class, at, &at);
	return count;
}
