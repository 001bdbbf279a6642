/* SPDX-License-Identifier: MIT */
#include "src/purge.h"
#include "src/collapse.h"
#include "src/counters.h"
#include "src/huge.h"
#include "src/options.h"
#include "src/os.h"
#include "src/superslab.h"
#include "src/map.h"

#include <time.h>

#define MIB_GRANULES ((size_t)1 << (20 - HK_GRANULE_SHIFT))

/* The least that rule 2 leaves, and the share of what is in use. */
#define FLOOR MIB_GRANULES
#define FLOOR_SHARE 32

#define COLLAPSE_EACH_MS 100

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t base_limit(void)
{
	return larger(hk_options.keep_bytes >> HK_GRANULE_SHIFT,
		hk_heap.peak / 100 * hk_options.keep_percent +
			hk_heap.peak % 100 * hk_options.keep_percent / 100);
}

static size_t limit(void)
{
	return larger(hk_heap.purging.limit, base_limit());
}

size_t hk_purge_limit(void)
{
	return limit() << HK_GRANULE_SHIFT;
}

void hk_purge_note_use(size_t clean)
{
	struct hk_purging *purging = &hk_heap.purging;
	size_t regret = clean < purging->purged ? clean : purging->purged;

	if (hk_heap.in_use > hk_heap.peak)
		hk_heap.peak = hk_heap.in_use;
	if (hk_heap.retained < purging->low)
		purging->low = hk_heap.retained;
	if (regret > 0 && hk_options.keep_percent > 0) {
		size_t most = larger(base_limit(), hk_heap.peak / 10);
		size_t wanted = limit() + regret;

		purging->purged -= regret;
		purging->limit = wanted < most ? wanted : most;
	}
}

static void count_purge(size_t granules)
{
	hk_heap.purging.purged += granules;
	hk_count(&hak_counters.purges, 1);
	hk_count(&hak_counters.purged_bytes, granules << HK_GRANULE_SHIFT);
}

/* Each run that is free and dirty. */
static void purge_runs(struct hk_superslab *superslab)
{
	uint64_t rest = superslab->free & superslab->dirty;
	size_t purged = 0;

	hk_superslab_fragment(superslab);
	while (rest) {
		unsigned granule = (unsigned)__builtin_ctzll(rest);
		uint64_t after = ~(rest >> granule);
		unsigned count = after ? (unsigned)__builtin_ctzll(after) : HK_GRANULES;
		uint64_t run = hk_run_mask(granule, count);

		rest &= ~run;
		if (!hk_os_advise(hk_granule_at(superslab, granule),
			    (size_t)count << HK_GRANULE_SHIFT, HK_OS_PURGE))
			break;
		superslab->dirty &= ~run;
		purged += count;
	}
	hk_heap.retained -= purged;
	hk_heap.dirty -= purged;
	hk_superslab_relist(superslab);
}

static void purge_superslab(struct hk_superslab *superslab)
{
	if (superslab->free != ~(uint64_t)1 || !hk_superslab_unmap(superslab))
		purge_runs(superslab);
}

/* Oldest first, until no more than `target` granules are retained, or no more can be done. */
static void purge_to(size_t target)
{
	size_t before = hk_heap.retained;

	while (hk_heap.retained > target && hk_huge_purge_oldest())
		;
	for (size_t left = hk_counter(&hak_counters.superslabs); left > 0; left--) {
		if (hk_heap.retained <= target || !hk_heap.retaining)
			break;
		purge_superslab(hk_heap.retaining); /* to the end of the list, if it cannot be */
	}
	if (hk_heap.retained < before)
		count_purge(before - hk_heap.retained);
	if (hk_heap.retained < hk_heap.purging.low)
		hk_heap.purging.low = hk_heap.retained;
}

void hk_purge_excess(void)
{
	size_t most = limit();

	/* A little more than the excess, so that not every free() of a long row has to purge. */
	if (hk_heap.retained > most)
		purge_to(most - most / 8);
}

void hk_purge_now(void)
{
	purge_to(0);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void look(struct hk_purging *purging)
{
	size_t floor = larger(FLOOR, hk_heap.in_use / FLOOR_SHARE);

	if (floor > limit())
		floor = limit();
	purging->purged = 0;
	purging->limit -= purging->limit / 64;
	hk_heap.peak = larger(hk_heap.in_use, hk_heap.peak - hk_heap.peak / 64);
	hk_counter_set(&hak_counters.in_use_peak, hk_heap.peak << HK_GRANULE_SHIFT);
	if (purging->low > floor)
		purge_to(hk_heap.retained - (purging->low - floor));
	purging->low = hk_heap.retained;
	hk_heap_publish();
}

void hk_purge_tick(void)
{
	struct hk_purging *purging = &hk_heap.purging;
	uint64_t now = now_ms();

	if (now - __atomic_load_n(&purging->collapsed_ms, __ATOMIC_RELAXED) < COLLAPSE_EACH_MS ||
		!hk_trylock(&hk_heap.lock))
		return;
	__atomic_store_n(&purging->collapsed_ms, now, __ATOMIC_RELAXED);
	hk_collapse_dense();
	if (now - purging->looked_ms >= hk_options.purge_delay_ms) {
		purging->looked_ms = now;
		look(purging);
	}
	hk_unlock(&hk_heap.lock);
}

size_t hk_purge_all(void)
{
	size_t before, after;

	hk_lock(&hk_heap.lock);
	before = hk_heap.retained;
	purge_to(0);
	after = hk_heap.retained;
	hk_heap_publish();
	hk_unlock(&hk_heap.lock);
	return (before - after) << HK_GRANULE_SHIFT;
}
