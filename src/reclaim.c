/* SPDX-License-Identifier: MIT */
/*
 * Gives back memory and address space of free runs. Called by purge.c, and by runs.c when memory
 * is short.
 */
#include "src/reclaim.h"
#include "src/counters.h"
#include "src/free_runs.h"
#include "src/os.h"
#include "src/purge.h"

#define UNMAP_FROM 16 /* SuperSlabs in a row that are free and clean */

static void purge_part(struct hk_superslab *superslab, uint64_t part, void *context)
{
	(void)context;
	hk_superslab_fragment(superslab);
	superslab->dirty &= ~part;
	superslab->stuck &= ~part;
}

static void stick_part(struct hk_superslab *superslab, uint64_t part, void *context)
{
	(void)context;
	superslab->stuck |= superslab->dirty & part;
}

/*
 * One call, if the kernel grants it. A page that the program has locked makes it refuse: then by
 * halves, until that one granule is left alone, or the kernel seems to refuse anything.
 */
static size_t purge(uint32_t first, size_t length)
{
	size_t dirty = hk_count_granules(first, length).dirty;

	if (dirty == 0 || hk_counter(&hak_counters.madvise_disabled))
		return 0;
	if (hk_os_advise(hk_address_of(first), length << HK_GRANULE_SHIFT, HK_OS_PURGE)) {
		hk_purge_granted();
		hk_for_parts(first, length, purge_part, NULL);
		return dirty;
	}
	if (length == 1) {
		hk_for_parts(first, length, stick_part, NULL);
		hk_purge_refused();
		return 0;
	}
	return purge(first, length / 2) +
	       purge(first + (uint32_t)(length / 2), length - length / 2);
}

/* Where the last `want` purgeable granules of a run begin. */
static uint32_t start_of_last(uint32_t run, size_t want)
{
	uint32_t first = run + hk_run_at(run)->length;

	while (first > run && want > 0) {
		struct hk_superslab *superslab = hk_superslab_at(first - 1);
		unsigned granule = (first - 1) % HK_GRANULES;
		uint64_t here =
			superslab->dirty & ~superslab->stuck & (~(uint64_t)0 >> (63 - granule));
		size_t in_it = hk_popcount(here);

		if (in_it < want && first - granule - 1 >= run) {
			want -= in_it;
			first -= granule + 1;
			continue;
		}
		want -= here >> granule & 1;
		first--;
	}
	return first;
}

/* Granules of a range that are in no run: they become free, with as little memory as can be. */
static size_t purge_and_add(uint32_t first, uint32_t end)
{
	size_t purged = 0;

	if (end > first) {
		purged = purge(first, end - first);
		hk_free_add(first, end - first, hk_count_granules(first, end - first).purgeable);
	}
	return purged;
}

/*
 * The whole SuperSlabs of such a range are unmapped, if they are many: that gives page tables back
 * as well. For a few it does not pay, since mapping them again costs two calls.
 */
static size_t unmap_and_purge(uint32_t first, uint32_t end)
{
	uint32_t from = (first + HK_GRANULES - 1) / HK_GRANULES * HK_GRANULES;
	uint32_t to = end / HK_GRANULES * HK_GRANULES;
	size_t dirty;

	if (to < from + UNMAP_FROM * HK_GRANULES)
		return purge_and_add(first, end);
	dirty = hk_count_granules(from, to - from).dirty;
	if (!hk_superslabs_unmap(hk_address_of(from), (to - from) / HK_GRANULES))
		return purge_and_add(first, end);
	return dirty + purge_and_add(first, from) + purge_and_add(to, end);
}

size_t hk_reclaim(size_t want)
{
	uint32_t run = hk_free_longest_purgeable(), first, end;
	size_t purged;

	HK_ASSERT(hk_holds(&hk_heap.lock));
	if (run == HK_NO_GRANULE)
		return 0;
	first = start_of_last(run, want);
	end = run + hk_run_at(run)->length;
	hk_free_carve(run, first, end - first);
	purged = unmap_and_purge(first, end);
	hk_heap.retained -= purged;
	hk_heap.dirty -= purged;
	return purged;
}

/* The last SuperSlabs of a free run that lie in it wholly and have no memory. */
static bool unmap_last(uint32_t run, void *context)
{
	uint32_t end = (run + hk_run_at(run)->length) / HK_GRANULES * HK_GRANULES, first = end;
	size_t least = *(size_t *)context;

	while (first >= run + HK_GRANULES && hk_superslab_at(first - HK_GRANULES)->dirty == 0)
		first -= HK_GRANULES;
	if (end < first + least * HK_GRANULES || end <= first)
		return false;
	hk_free_carve(run, first, end - first);
	if (hk_superslabs_unmap(hk_address_of(first), (end - first) / HK_GRANULES))
		return true;
	hk_free_add(first, end - first, 0);
	return false;
}

bool hk_reclaim_space(size_t least)
{
	HK_ASSERT(hk_holds(&hk_heap.lock));
	return hk_free_for_each(least * HK_GRANULES, unmap_last, &least);
}
