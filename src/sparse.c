/* SPDX-License-Identifier: MIT */
/*
 * Gives back the pages of slabs in which no block is in use. Called by depot.c after blocks were
 * freed, and by the purge tick.
 */
#include "src/sparse.h"
#include "src/cache.h"
#include "src/counters.h"
#include "src/depot.h"
#include "src/os.h"
#include "src/purge.h"
#include "src/settled.h"
#include "src/stock.h"
#include "src/superslab.h"

#include <limits.h>

#define PAGES (HK_GRANULE / HK_PAGE)
#define LOOKS 512
#define CALLS 256 /* and more pages than calls */

size_t hk_sparse_thin;

static bool is_free(const uint64_t *bits, unsigned block)
{
	return bits[block / 64] >> block % 64 & 1;
}

/* Of these pages, those that make whole pages of the kernel. */
static uint16_t whole_pages(uint16_t pages)
{
	unsigned unit = (unsigned)(hk_os_page() / HK_PAGE), all = (1u << unit) - 1;

	for (unsigned page = 0; page < PAGES; page += unit)
		if ((pages >> page & all) != all)
			pages &= (uint16_t) ~(all << page);
	return pages;
}

/* The pages of a slab that may have memory behind them, and no block in use. */
static uint16_t fallow_pages(const struct hk_slab *slab, const uint64_t *bits)
{
	size_t size = hk_classes[slab->class].size, end = slab->touched * size;
	size_t marked = slab->marked > slab->touched ? (slab->marked - 1) * size + 1 : 0;
	uint16_t pages = 0;

	if (end < (size_t)slab->warm * HK_PAGE)
		end = (size_t)slab->warm * HK_PAGE;
	if (end < marked)
		end = marked;
	for (unsigned page = 0; page * HK_PAGE < end; page++) {
		unsigned block = (unsigned)(page * HK_PAGE / size);
		bool fallow = true;

		while (fallow && block < slab->touched && block * size < (page + 1) * HK_PAGE)
			fallow = is_free(bits, block++);
		pages |= (uint16_t)(fallow << page);
	}
	return (uint16_t)(whole_pages(pages) & ~slab->clean);
}

static void note_result(bool granted)
{
	hk_lock(&hk_heap.lock);
	if (granted)
		hk_purge_granted();
	else
		hk_purge_refused();
	hk_unlock(&hk_heap.lock);
}

static size_t purge_slab(struct hk_slab *slab)
{
	unsigned rest = fallow_pages(slab, hk_slab_bits(slab));
	char *slab_start = hk_slab_start(slab);
	bool any = rest != 0, granted = true;
	size_t bytes = 0;

	if (any) {
		hk_lock(&hk_heap.lock);
		hk_superslab_fragment(hk_slabs_of(slab)->superslab);
		hk_unlock(&hk_heap.lock);
	}
	while (rest) {
		unsigned page = (unsigned)__builtin_ctz(rest);
		unsigned count = (unsigned)__builtin_ctz(~(rest >> page));
		unsigned run = ((1u << count) - 1) << page;

		rest &= ~run;
		granted = hk_os_advise(slab_start + page * HK_PAGE, count * HK_PAGE, HK_OS_PURGE);
		if (!granted)
			break;
		hk_slab_set_clean(slab, slab->clean | run);
		bytes += count * HK_PAGE;
	}
	if (any)
		note_result(granted);
	if (slab->clean)
		hk_map_set(slab_start, HK_SPARSE);
	hk_heap_count_clean((long)(bytes / HK_PAGE));
	return bytes;
}

static void thin_out_later(struct hk_slab *slab)
{
	unsigned used = hk_classes[slab->class].blocks - (unsigned)slab->free;

	hk_sparse_thickened(slab);
	slab->thin_at = (uint16_t)(slab->free + (used + 1) / 2);
}

/* What one visit may do: some hundred microseconds of looking, and of calls. */
struct budget {
	unsigned looks; /* at slabs */
	size_t pages;   /* that may be purged, though a slab's are not left halfway */
};

/* What is cached would pin a page with each block. So many blocks go back in the time of a look. */
#define BLOCKS_PER_LOOK 4

static void empty_caches(unsigned class, struct budget *budget)
{
	unsigned worth = (hk_cache_flush_class(class) + hk_stock_drain(class)) / BLOCKS_PER_LOOK;

	budget->looks -= worth < budget->looks ? worth : budget->looks;
}

/* Which slabs, and what comes before. */
enum { THIN = 0, ALL = 1, EMPTY_CACHES = 2 };

/* Goes on with a class's slabs where the last visit ended. Returns how many pages were purged. */
static size_t purge_class(unsigned class, unsigned how, struct budget *budget, bool *ret_done)
{
	struct hk_depot *depot = &hk_depots[class];
	struct hk_slab *slab;
	size_t pages = 0;

	if (how & EMPTY_CACHES)
		empty_caches(class, budget);
	hk_lock(&depot->lock);
	slab = depot->next ? depot->next : depot->slabs;
	while (slab && budget->looks > 0 && pages < budget->pages) {
		if (hk_counter(&hak_counters.madvise_disabled)) { /* what is thin stays so */
			budget->looks = 0;
			break;
		}
		budget->looks--;
		if (how & ALL || slab->thin)
			pages += purge_slab(slab) / HK_PAGE;
		if (slab->thin)
			thin_out_later(slab);
		slab = slab->next;
	}
	depot->next = slab;
	*ret_done = !slab;
	hk_unlock(&depot->lock);
	budget->pages -= pages < budget->pages ? pages : budget->pages;
	return pages;
}

/* All classes in turn, *left of them still to come. Returns how many pages were purged. */
static size_t purge(unsigned how, struct budget budget, unsigned *left)
{
	size_t pages = 0;

	while (*left > 0 && budget.looks > 0 && budget.pages > 0) {
		bool done;

		pages += purge_class(*left, how, &budget, &done);
		*left -= done;
	}
	if (pages > 0)
		hk_purge_note_pages(pages);
	return pages;
}

/* Less is in use than lies fallow in slabs. */
static bool is_mostly_empty(void)
{
	uint64_t in_use = hk_counter(&hak_counters.in_use_bytes);
	uint64_t cached = hk_counter(&hak_counters.cached_bytes);

	in_use -= cached < in_use ? cached : in_use;
	return hk_counter(&hak_counters.committed_bytes) >
	       2 * in_use + hk_counter(&hak_counters.retained_bytes);
}

bool hk_sparse_is_due(void)
{
	size_t thin = __atomic_load_n(&hk_sparse_thin, __ATOMIC_RELAXED) << HK_GRANULE_SHIFT;
	size_t slack = __atomic_load_n(&hk_heap.slack_bytes, __ATOMIC_RELAXED);

	return thin > slack / 2 && thin > hk_settled.options.keep_bytes / 4 * 3;
}

/*
 * Rounds through all classes. The second kind, by the clock, purges slabs that are not thin: once
 * after each round of the first kind, when what that has left is over. A steady program has many
 * pages in which no block is in use at a moment, and wants them again.
 */
static struct {
	unsigned thin_left, all_left;
	bool all_due;
} rounds;

static unsigned if_mostly_empty(void)
{
	return is_mostly_empty() ? EMPTY_CACHES : 0;
}

static void purge_thin(void)
{
	if (rounds.thin_left == 0)
		rounds.thin_left = HK_CLASSES - 1;
	if (purge(THIN | if_mostly_empty(), (struct budget){LOOKS, CALLS}, &rounds.thin_left) > 0)
		rounds.all_due = true;
}

static void purge_all(void)
{
	if (rounds.all_left == 0 && !rounds.all_due)
		return;
	if (rounds.all_left == 0)
		rounds.all_left = HK_CLASSES - 1;
	rounds.all_due = false;
	purge(ALL | if_mostly_empty(), (struct budget){LOOKS, CALLS}, &rounds.all_left);
}

void hk_sparse_check(bool by_clock)
{
	static bool looking;

	HK_ASSERT(hk_may_take(&hk_heap.lock));
	if ((!by_clock && !hk_sparse_is_due()) ||
		__atomic_exchange_n(&looking, true, __ATOMIC_ACQUIRE))
		return;
	if (hk_purge_pages_due(by_clock)) {
		if (hk_sparse_is_due())
			purge_thin();
		else
			purge_all();
	}
	__atomic_store_n(&looking, false, __ATOMIC_RELEASE);
}

size_t hk_sparse_purge_all(void)
{
	unsigned left = HK_CLASSES - 1;

	for (unsigned class = 1; class < HK_CLASSES; ++class) {
		hk_lock(&hk_depots[class].lock);
		hk_depots[class].next = NULL;
		hk_unlock(&hk_depots[class].lock);
	}
	return purge(ALL, (struct budget){UINT_MAX, SIZE_MAX}, &left) * HK_PAGE;
}
