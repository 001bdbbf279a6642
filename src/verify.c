/* SPDX-License-Identifier: MIT */
/* A walk through everything that the heap believes, and whether it fits together. */
#include "src/check.h"
#include "src/classes.h"
#include "src/counters.h"
#include "src/depot.h"
#include "src/huge.h"
#include "src/life.h"
#include "src/sparse.h"
#include "src/superslab.h"
#include "src/text.h"
#include "src/map.h"

struct totals {
	size_t in_use, retained, dirty, superslabs, free_slabs, clean_pages, thin;
	int faults;
};

static void fault(struct totals *totals, const char *what, const void *where)
{
	struct hk_text text = {0};

	totals->faults++;
	hk_text_add(&text, "hakmem: invariant broken: ");
	hk_text_add(&text, what);
	hk_text_add(&text, ": ");
	hk_text_pointer(&text, where);
	hk_text_print(&text);
}

static void for_each_superslab(
	void (*visit)(struct hk_superslab *superslab, void *context), void *context)
{
	for (unsigned list = 0; list < 6; list++)
		for (struct hk_superslab *s = hk_heap.by_run[list]; s; s = s->next)
			visit(s, context);
	for (struct hk_superslab *s = hk_heap.full; s; s = s->next)
		visit(s, context);
}

static void verify_slab(struct hk_superslab *superslab, unsigned granule, struct totals *totals)
{
	struct hk_slab *slab = &superslab->slab[granule];
	unsigned blocks = hk_classes[slab->class].blocks, free = 0, first = HK_SLAB_WORDS;

	for (unsigned word = 0; word < (blocks + 63) / 64; word++) {
		free += (unsigned)__builtin_popcountll(superslab->bits[granule][word]);
		if (superslab->bits[granule][word] && first == HK_SLAB_WORDS)
			first = word;
	}
	if (free != slab->free)
		fault(totals, "a slab's count is not its bitmap's", slab);
	if (free > 0 && first < slab->first_word)
		fault(totals, "a slab has free blocks before its first word", slab);
	if ((free > 0) != (slab->link != NULL))
		fault(totals, "a slab with free blocks, and only such, is listed", slab);
	if (slab->link && *slab->link != slab)
		fault(totals, "a slab's link does not lead to it", slab);
	totals->free_slabs += free > 0;
	totals->thin += slab->thin;
	totals->clean_pages += (size_t)__builtin_popcount(slab->clean);
}

static void verify_granules(struct hk_superslab *superslab, struct totals *totals)
{
	unsigned granule = 1;

	while (granule < HK_GRANULES) {
		void *start = hk_granule_at(superslab, granule);
		unsigned class = hk_map_class(start), length = 1;
		bool free = superslab->free >> granule & 1;

		if (free != (class == 0))
			fault(totals, "a granule is in use if the map knows it", start);
		if (class > 0 && class < HK_CLASSES) {
			if (superslab->slab[granule].class != class)
				fault(totals, "map and header differ about a slab", start);
			else
				verify_slab(superslab, granule, totals);
		} else if (class == HK_LARGE) {
			length = superslab->run[granule];
			if (superslab->free & hk_run_mask(granule, length))
				fault(totals, "a large block has free granules", start);
		}
		granule += length ? length : 1;
	}
}

static void verify_superslab(struct hk_superslab *superslab, void *context)
{
	struct totals *totals = context;
	bool retaining = (superslab->free & superslab->dirty) != 0;

	if (superslab->free & 1 || !(superslab->dirty & 1))
		fault(totals, "a header is in use and dirty", superslab);
	if (~superslab->free & ~superslab->dirty)
		fault(totals, "what is in use is dirty", superslab);
	if (!superslab->link || *superslab->link != superslab)
		fault(totals, "a SuperSlab's link does not lead to it", superslab);
	if (retaining != (superslab->retaining_link != NULL))
		fault(totals, "what retains memory, and only that, is listed so", superslab);
	if (hk_map_class(superslab) != HK_HEADER)
		fault(totals, "the map knows a SuperSlab's header", superslab);
	verify_granules(superslab, totals);
	totals->superslabs++;
	totals->in_use += (size_t)__builtin_popcountll(~superslab->free) - 1;
	totals->retained += (size_t)__builtin_popcountll(superslab->free & superslab->dirty);
	totals->dirty += (size_t)__builtin_popcountll(superslab->dirty);
}

static void verify_depots(struct totals *totals)
{
	size_t listed = 0;

	for (unsigned class = 1; class < HK_CLASSES; ++class) {
		struct hk_depot *depot = &hk_depots[class];

		for (struct hk_slab *slab = depot->slabs; slab; slab = slab->next) {
			if (slab->class != class || slab->free == 0)
				fault(totals, "a depot lists its own, with free blocks", slab);
			listed++;
		}
		for (unsigned i = 0; i < depot->stocked; i++)
			if (hk_map_class(hk_stocks[class][i]) != class)
				fault(totals, "a stock has blocks of its class",
					hk_stocks[class][i]);
	}
	if (listed != totals->free_slabs)
		fault(totals, "each slab with free blocks is listed once", NULL);
}

int hk_verify_heap(void)
{
	size_t huge_in_use = 0, huge_retained = 0;
	struct totals totals = {0};

	hk_lock_all();
	for_each_superslab(verify_superslab, &totals);
	hk_huge_totals(&huge_in_use, &huge_retained);
	totals.in_use += huge_in_use;
	totals.retained += huge_retained;
	totals.dirty += huge_in_use + huge_retained;
	if (totals.in_use != hk_heap.in_use)
		fault(&totals, "granules in use add up", (void *)totals.in_use);
	if (totals.retained != hk_heap.retained)
		fault(&totals, "retained granules add up", (void *)totals.retained);
	if (totals.dirty != hk_heap.dirty)
		fault(&totals, "dirty granules add up", (void *)totals.dirty);
	if (totals.thin != hk_sparse_thin)
		fault(&totals, "thin slabs add up", (void *)totals.thin);
	if (totals.clean_pages != hk_heap.clean_pages)
		fault(&totals, "clean pages of slabs add up", (void *)totals.clean_pages);
	if (totals.superslabs != hk_counter(&hak_counters.superslabs))
		fault(&totals, "SuperSlabs add up", (void *)totals.superslabs);
	verify_depots(&totals);
	hk_unlock_all();
	return totals.faults;
}

static void walk_slab(struct hk_superslab *superslab, unsigned granule, void (*visit)(void *block))
{
	unsigned class = superslab->slab[granule].class;
	char *start = hk_granule_at(superslab, granule);

	for (unsigned i = 0; i < hk_classes[class].blocks; i++)
		if (!(superslab->bits[granule][i / 64] >> i % 64 & 1))
			visit(start + i * (size_t)hk_classes[class].size);
}

static void walk_superslab(struct hk_superslab *superslab, void *context)
{
	void (*visit)(void *) = *(void (**)(void *))context;

	for (unsigned granule = 1; granule < HK_GRANULES; granule++) {
		void *start = hk_granule_at(superslab, granule);
		unsigned class = hk_map_class(start);

		if (class > 0 && class < HK_CLASSES)
			walk_slab(superslab, granule, visit);
		else if (class == HK_LARGE)
			visit(start);
	}
}

void hk_walk_blocks(void (*visit)(void *block))
{
	for_each_superslab(walk_superslab, &visit);
	hk_huge_walk(visit);
}
