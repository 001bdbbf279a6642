/* SPDX-License-Identifier: MIT */
/*
 * Slabs of each size class: blocks out of their bitmaps, and back. Called by thread caches
 * (cache.c) when their bins are empty or full, and by HAKMEM_CHECK.
 */
#include "src/depot.h"
#include "src/cache.h"
#include "src/counters.h"
#include "src/fault.h"
#include "src/layout.h"
#include "src/os.h"
#include "src/purge.h"
#include "src/runs.h"
#include "src/sparse.h"
#include "src/stock.h"
#include "src/superslab.h"
#include "src/telemetry.h"

#define BLOCKS_AHEAD 12

struct hk_depot hk_depots[HK_CLASSES];

uint64_t hk_awaited_bytes;

/* `blocks` more, or fewer. */
static void count_in_use(unsigned class, long blocks)
{
	long size = hk_classes[class].size, awaited = size < HK_AWAITED_MAX ? size : HK_AWAITED_MAX;

	hk_count(&hak_counters.in_use_bytes, (uint64_t)(blocks * size));
	hk_count(&hk_awaited_bytes, (uint64_t)(blocks * awaited));
}

static void list(struct hk_depot *depot, struct hk_slab *slab)
{
	slab->next = depot->slabs;
	if (slab->next)
		slab->next->link = &slab->next;
	slab->link = &depot->slabs;
	depot->slabs = slab;
}

static void unlist(struct hk_depot *depot, struct hk_slab *slab)
{
	if (depot->next == slab)
		depot->next = slab->next;
	*slab->link = slab->next;
	if (slab->next)
		slab->next->link = slab->link;
	slab->link = NULL;
}

/* ---- slabs ----------------------------------------------------------------------------------- */

static struct hk_slab *new_slab(struct hk_depot *depot, unsigned class)
{
	unsigned blocks = hk_classes[class].blocks, word = 0;
	bool clean;
	char *start = hk_heap_take_slab(&clean);
	struct hk_slab *slab;
	uint64_t *bits;

	HK_ASSERT(hk_holds(&depot->lock));
	if (!start)
		return NULL;
	slab = hk_slab_of(start);
	bits = hk_slab_bits(slab);
	for (; blocks >= 64; blocks -= 64)
		bits[word++] = ~(uint64_t)0;
	if (blocks > 0)
		bits[word] = ~(uint64_t)0 >> (64 - blocks);
	slab->class = (uint8_t) class;
	slab->free = hk_classes[class].blocks;
	slab->first_word = 0;
	slab->warm = 0;
	slab->fresh = clean;
	slab->marked = 0;
	__atomic_store_n(&slab->touched, 0, __ATOMIC_RELAXED); /* read by collapse.c */
	hk_slab_set_clean(slab, 0);
	slab->thin_at = hk_sparse_thin_at(class);
	slab->thin = 0;
	list(depot, slab);
	depot->slab_count++;
	hk_map_set(start, class);
	return slab;
}

/* Returns what was there. A page that was only read takes a second fault when it is written. */
static uint64_t mark(uint64_t *p, bool first_of_page)
{
	uint64_t old;

	if (first_of_page)
		return __atomic_exchange_n(p, HK_MARKED, __ATOMIC_RELAXED);
	old = *p;
	*p = HK_MARKED;
	return old;
}

/*
 * free() looks a block up only if it bears the mark of blocks in caches. Free blocks in slabs bear
 * it as well, so that free() of one is noticed before it can be given out twice. Those that were
 * never in a cache get it here, once a block is taken whose page their first word is in; and so
 * does the next block to be given out, to where a pointer past the end of the last one leads.
 */
static void mark_ahead(struct hk_slab *slab, char *start)
{
	unsigned blocks = hk_classes[slab->class].blocks, block = slab->marked;
	size_t size = hk_classes[slab->class].size;
	size_t end = hk_round_up(slab->touched * size + 1, HK_PAGE), page = SIZE_MAX;

	if (slab->touched < block)
		return;
	for (; block < blocks && block * size < end; block++) {
		uint64_t *p = (void *)(start + block * size);

		if (mark(p, block * size / HK_PAGE != page) != 0 && slab->fresh)
			hk_fault("a block that was never given out was freed or written to", p);
		page = block * size / HK_PAGE;
	}
	slab->marked = (uint16_t)block;
}

/* The pages in this range were given back, and their marks with them; a block is taken there. */
static void mark_again(struct hk_slab *slab, size_t from, size_t end)
{
	const uint64_t *bits = hk_slab_bits(slab);
	size_t size = hk_classes[slab->class].size;
	unsigned block = (unsigned)((from + size - 1) / size);

	for (; block < slab->marked && block * size < end; block++)
		if (bits[block / 64] >> block % 64 & 1)
			*(uint64_t *)(void *)(hk_slab_start(slab) + block * size) = HK_MARKED;
}

/* A block is given out: the kernel's pages that it lies in are no longer clean. */
static void soil(struct hk_slab *slab, size_t offset, size_t size)
{
	size_t start = offset & -hk_os_page(), end = hk_round_up(offset + size, hk_os_page());
	unsigned first = (unsigned)(start / HK_PAGE), count = (unsigned)((end - start) / HK_PAGE);
	unsigned soiled = slab->clean & ((1u << count) - 1) << first;

	if (soiled)
		mark_again(slab, start, end);
	hk_slab_set_clean(slab, slab->clean & ~soiled);
	if (slab->clean == 0)
		hk_map_set(hk_slab_start(slab), slab->class);
	if (soiled)
		hk_purge_note_soiled(hk_popcount(soiled));
}

/*
 * The number of a class's blocks in use reaches new highs ever more seldom, but for hours on. Each
 * would touch fresh pages, and a steady program's RSS would creep. So the first slab of a class in
 * use touches the pages of the next blocks along with those of a new high: the highs that follow
 * need none. A class of several slabs is little moved by a page.
 */
static void touch_ahead(const struct hk_depot *depot, struct hk_slab *slab, char *start)
{
	size_t size = hk_classes[slab->class].size, end = slab->touched * size, page;

	if (end <= (size_t)slab->warm * HK_PAGE || depot->slab_count > 1 ||
		slab->touched < BLOCKS_AHEAD || size >= HK_PAGE || slab->clean)
		return;
	page = (end + HK_PAGE - 1) / HK_PAGE;
	end += (BLOCKS_AHEAD + slab->touched / 16u) * size;
	for (; page * HK_PAGE < end && page < HK_GRANULE / HK_PAGE; page++)
		*(volatile char *)(start + page * HK_PAGE) = 0;
	slab->warm = (uint8_t)page;
}

/* The lowest free blocks, so that pages are touched in order and only as they are needed. */
static unsigned take_from(struct hk_depot *depot, void **blocks, unsigned want)
{
	struct hk_slab *slab = depot->slabs;
	uint64_t *bits = hk_slab_bits(slab);
	char *start = hk_slab_start(slab);
	size_t size = hk_classes[slab->class].size;
	unsigned word = slab->first_word, count = 0, block = 0;

	HK_ASSERT(hk_holds(&depot->lock));
	if (want > slab->free)
		want = slab->free;
	while (count < want) {
		if (bits[word] == 0) {
			word++;
			continue;
		}
		block = word * 64 + (unsigned)__builtin_ctzll(bits[word]);
		blocks[count++] = start + block * size;
		if (slab->clean)
			soil(slab, block * size, size);
		bits[word] &= bits[word] - 1;
	}
	slab->first_word = (uint8_t)word;
	if (block >= slab->touched) {
		__atomic_store_n(&slab->touched, (uint16_t)(block + 1), __ATOMIC_RELAXED);
		touch_ahead(depot, slab, start);
		mark_ahead(slab, start);
	}
	slab->free = (uint16_t)(slab->free - count);
	if (slab->free < hk_sparse_thin_at(slab->class))
		hk_sparse_thickened(slab);
	if (slab->free == 0)
		unlist(depot, slab);
	HK_CLASS_STAT(carves, count);
	return count;
}

static void retire(struct hk_depot *depot, struct hk_slab *slab)
{
	char *start = hk_slab_start(slab);

	HK_ASSERT(hk_holds(&depot->lock));
	HK_FREE_STAT(slabs_emptied, 1);
	unlist(depot, slab);
	depot->slab_count--;
	hk_sparse_thickened(slab);
	hk_heap_count_clean(-(long)hk_popcount(slab->clean));
	slab->class = 0;
	hk_map_set(start, 0);
	hk_heap_give_slab(start);
}

static void put_back(struct hk_depot *depot, unsigned class, struct hk_slab *slab, void *p)
{
	unsigned index;
	uint64_t *word, bit;

	HK_ASSERT(hk_holds(&depot->lock));
	if (!hk_slab_index(class, p, &index))
		hk_fault("free(): invalid pointer", p);
	word = &hk_slab_bits(slab)[index / 64];
	bit = (uint64_t)1 << index % 64;
	if (*word & bit)
		hk_fault(hk_slab_misuse(slab, index), p);
	*word |= bit;
	if (index / 64 < slab->first_word)
		slab->first_word = (uint8_t)(index / 64);
	if (slab->free++ == 0)
		list(depot, slab);
	if (slab->free >= slab->thin_at)
		hk_sparse_thinned(slab);
	HK_FREE_STAT(slab_frees, 1);
}

/* The slab of the class that p lies in: more often than not that of the block before it. */
static struct hk_slab *slab_of(
	unsigned class, const void *p, const void *before, struct hk_slab *slab)
{
	if (slab && ((uintptr_t)p ^ (uintptr_t)before) < HK_GRANULE)
		return slab;
	if (hk_map_class(p) != class)
		hk_fault("free(): invalid pointer", p);
	HK_META_MISMATCH(hk_slab_of(p)->class != class);
	return hk_slab_of(p);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

unsigned hk_depot_take(unsigned class, void **blocks, unsigned want)
{
	struct hk_depot *depot = &hk_depots[class];
	unsigned count = 0;

	HK_ASSERT(want >= 1 && want <= HK_CARVE_MAX);
	HK_BAD_CLASS(class == 0 || class >= HK_CLASSES);
	if (want > hk_classes[class].carve)
		want = hk_classes[class].carve;
	hk_lock(&depot->lock);
	while (count < want && (depot->slabs || (count == 0 && new_slab(depot, class))))
		count += take_from(depot, blocks + count, want - count);
	hk_unlock(&depot->lock);
	if (count > 0)
		count_in_use(class, (long)count);
	return count;
}

void hk_depot_give(unsigned class, void **blocks, unsigned count)
{
	struct hk_depot *depot = &hk_depots[class];
	struct hk_slab *slab = NULL;

	HK_BAD_CLASS(class == 0 || class >= HK_CLASSES);
	hk_lock(&depot->lock);
	for (unsigned i = 0; i < count; i++) {
		slab = slab_of(class, blocks[i], blocks[i > 0 ? i - 1 : 0], slab);
		put_back(depot, class, slab, blocks[i]);
		if (slab->free == hk_classes[class].blocks) {
			retire(depot, slab);
			slab = NULL;
		}
	}
	hk_unlock(&depot->lock);
	count_in_use(class, -(long)count);
	hk_sparse_check(false);
}

bool hk_depot_has(unsigned class, const void *p)
{
	struct hk_depot *depot = &hk_depots[class];
	unsigned index;
	bool has;

	if (!hk_slab_index(class, p, &index))
		return false;
	hk_lock(&depot->lock);
	has = hk_stock_has(class, p);
	has |= hk_slab_bits(hk_slab_of(p))[index / 64] >> index % 64 & 1;
	hk_unlock(&depot->lock);
	return has;
}
