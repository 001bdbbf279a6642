/* SPDX-License-Identifier: MIT */
/* A walk through everything that the heap believes, and whether it fits together. */
#include "src/cache.h"
#include "src/check.h"
#include "src/classes.h"
#include "src/counters.h"
#include "src/depot.h"
#include "src/life.h"
#include "src/runs.h"
#include "src/sparse.h"
#include "src/stock.h"
#include "src/superslab.h"
#include "src/text.h"

struct totals {
	size_t in_use, retained, dirty, free, purgeable;
	size_t listed_free, listed_purgeable; /* in the lists of free runs */
	size_t superslabs, slabs, with_slabs, headers, large;
	size_t free_slabs, clean_pages, thin;
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

/* But for pages that were given back, and marks that HAKMEM_CHECK does without. */
static void verify_marks(const struct hk_slab *slab, const uint64_t *bits, struct totals *totals)
{
	size_t size = hk_classes[slab->class].size;

	for (unsigned block = 0; block < slab->marked && hk_mode() == HK_NORMAL; block++) {
		char *p = hk_slab_start(slab) + block * size;

		if ((bits[block / 64] >> block % 64 & 1) && !hk_is_marked(p) &&
			!(slab->clean >> block * size / HK_PAGE & 1))
			fault(totals, "a free block of a slab bears the mark", p);
	}
}

static void verify_slab(struct hk_slab *slab, struct totals *totals)
{
	const uint64_t *bits = hk_slab_bits(slab);
	unsigned blocks = hk_classes[slab->class].blocks, free = 0, first = HK_SLAB_WORDS;

	for (unsigned word = 0; word < (blocks + 63) / 64; word++) {
		free += hk_popcount(bits[word]);
		if (bits[word] && first == HK_SLAB_WORDS)
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
	if (slab->marked < blocks && slab->marked <= slab->touched)
		fault(totals, "the next block of a slab bears the mark", slab);
	verify_marks(slab, bits, totals);
	totals->free_slabs += free > 0;
	totals->thin += slab->thin;
	totals->clean_pages += hk_popcount(slab->clean);
}

static void verify_slabs(struct hk_superslab *superslab, struct totals *totals)
{
	unsigned slabs = 0;

	for (unsigned granule = 0; granule < HK_GRANULES; granule++) {
		void *start = hk_granule_at(superslab, granule);
		unsigned class = hk_map_class(start);

		if (class > 0 && (superslab->free >> granule & 1))
			fault(totals, "the map knows nothing of a free granule", start);
		totals->headers += class == HK_HEADER;
		if (class == 0 || class >= HK_CLASSES)
			continue;
		slabs++;
		if (!superslab->slabs || superslab->slabs->superslab != superslab)
			fault(totals, "a SuperSlab with slabs knows about them", superslab);
		else if (hk_slab_of(start)->class != class)
			fault(totals, "map and header differ about a slab", start);
		else
			verify_slab(hk_slab_of(start), totals);
	}
	if (slabs != superslab->slab_count || (slabs > 0) != (superslab->slabs != NULL))
		fault(totals, "a SuperSlab's slabs add up", superslab);
	totals->slabs += slabs;
	totals->with_slabs += slabs > 0;
}

static void verify_superslab(struct hk_superslab *superslab, struct totals *totals)
{
	uint64_t free = superslab->free, dirty = superslab->dirty;

	if (~free & ~dirty)
		fault(totals, "what is in use is dirty", superslab);
	if (superslab->stuck & ~(free & dirty))
		fault(totals, "only free memory is stuck", superslab);
	if (*hk_superslab_entry(superslab->start) != superslab)
		fault(totals, "the map of SuperSlabs knows each", superslab);
	verify_slabs(superslab, totals);
	totals->superslabs++;
	totals->in_use += hk_popcount(~free);
	totals->retained += hk_popcount(free & dirty);
	totals->dirty += hk_popcount(dirty);
	totals->purgeable += hk_popcount(free & dirty & ~superslab->stuck);
	totals->free += hk_popcount(free);
}

/* Each large block's granules are its own. */
static void verify_large(struct hk_superslab *superslab, struct totals *totals)
{
	for (unsigned granule = 0; granule < HK_GRANULES; granule++) {
		char *start = hk_granule_at(superslab, granule);
		size_t length;

		if (hk_map_class(start) != HK_LARGE)
			continue;
		length = hk_heap_length(start);
		totals->large += length;
		for (size_t i = 0; i < length; i++) {
			char *at = start + (i << HK_GRANULE_SHIFT);

			if (!hk_is_ours(at) || hk_superslab_of(at)->free >> hk_granule_of(at) & 1)
				fault(totals, "a large block has granules of its own", at);
			else if (i > 0 && hk_map_class(at) != 0)
				fault(totals, "nothing stands within a large block", at);
		}
	}
}

static bool verify_run(uint32_t run, void *context)
{
	size_t length = hk_run_at(run)->length;
	struct hk_counts counts = hk_count_granules(run, length);
	char *start = hk_address_of(run), *end = start + (length << HK_GRANULE_SHIFT);
	struct totals *totals = context;

	if (hk_run_at(run + (uint32_t)length - 1)->length != length)
		fault(totals, "a free run's ends agree about its length", start);
	if (hk_run_at(run)->purgeable != counts.purgeable)
		fault(totals, "a free run's purgeable granules add up", start);
	if ((run > 0 && hk_is_free_at(start - HK_GRANULE, run - 1)) ||
		hk_is_free_at(end, run + (uint32_t)length))
		fault(totals, "a free run has no free neighbour", start);
	totals->listed_free += length;
	totals->listed_purgeable += counts.purgeable;
	return false;
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
		if (hk_stock_count(class) != hk_stock_blocks(class))
			fault(totals, "a stock has so many blocks of its class", depot);
	}
	if (listed != totals->free_slabs)
		fault(totals, "each slab with free blocks is listed once", NULL);
}

static void want(struct totals *totals, const char *what, size_t got, size_t wanted)
{
	if (got != wanted)
		fault(totals, what, (void *)got);
}

int hk_verify_heap(void)
{
	struct totals totals = {0};

	hk_lock_all();
	for (struct hk_superslab *s = hk_heap.all; s; s = s->next) {
		verify_superslab(s, &totals);
		verify_large(s, &totals);
	}
	hk_free_for_each(1, verify_run, &totals);
	want(&totals, "free granules are in runs", totals.listed_free, totals.free);
	want(&totals, "purgeable granules are in runs", totals.listed_purgeable, totals.purgeable);
	want(&totals, "one header for each SuperSlab with slabs", totals.headers,
		totals.with_slabs);
	want(&totals, "what is in use is a slab's, a header's or a large block's",
		totals.slabs + totals.headers + totals.large, totals.in_use);
	want(&totals, "granules in use add up", hk_heap.in_use, totals.in_use);
	want(&totals, "retained granules add up", hk_heap.retained, totals.retained);
	want(&totals, "dirty granules add up", hk_heap.dirty, totals.dirty);
	want(&totals, "mapped granules add up", hk_heap.mapped, totals.superslabs * HK_GRANULES);
	want(&totals, "thin slabs add up", hk_sparse_thin, totals.thin);
	want(&totals, "clean pages of slabs add up", hk_heap.clean_pages, totals.clean_pages);
	want(&totals, "SuperSlabs add up", hk_counter(&hak_counters.superslabs), totals.superslabs);
	verify_depots(&totals);
	hk_unlock_all();
	return totals.faults;
}

static void walk_slab(struct hk_slab *slab, void (*visit)(void *block))
{
	const uint64_t *bits = hk_slab_bits(slab);
	char *start = hk_slab_start(slab);

	for (unsigned i = 0; i < hk_classes[slab->class].blocks; i++)
		if (!(bits[i / 64] >> i % 64 & 1))
			visit(start + i * (size_t)hk_classes[slab->class].size);
}

void hk_walk_blocks(void (*visit)(void *block))
{
	for (struct hk_superslab *s = hk_heap.all; s; s = s->next)
		for (unsigned granule = 0; granule < HK_GRANULES; granule++) {
			void *start = hk_granule_at(s, granule);
			unsigned class = hk_map_class(start);

			if (class > 0 && class < HK_CLASSES)
				walk_slab(hk_slab_of(start), visit);
			else if (class == HK_LARGE)
				visit(start);
		}
}
