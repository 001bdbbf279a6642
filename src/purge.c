/* SPDX-License-Identifier: MIT */
/*
 * When and how much memory goes back to the kernel. Told of each change of the granules by
 * runs.c and large.c, and of the time by threads that come by (cache.c).
 */
#include "src/purge.h"
#include "src/collapse.h"
#include "src/counters.h"
#include "src/idle.h"
#include "src/os.h"
#include "src/reclaim.h"
#include "src/retain.h"
#include "src/settled.h"
#include "src/sparse.h"
#include "src/superslab.h"

#include <time.h>

#define TICK_MS 100

/* So many refusals without a success in between: not the places are at fault. */
#define REFUSALS_MOST 4
#define SUSPENDED_MS 1000
#define SUSPENDED_MOST_MS (64 * SUSPENDED_MS)

/* Address space beyond twice what is committed, and this, goes back. In granules. */
#define SPARE_SPACE ((size_t)16 * HK_GRANULES)

#define PAGES (HK_GRANULE / HK_PAGE)

/*
 * Granules that no block needs, and pages of slabs that none does: each is wanted back by its own
 * history. Both are told of each change of the granules.
 */
static struct hk_retention granules, pages;
static uint64_t ticked_ms;
static bool swollen;

static unsigned refusals;
static uint64_t suspended_ms, resumes_ms; /* for how long, until when */

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void hk_purge_init(void)
{
	hk_retention_init(&granules, hk_settled.options.keep_bytes / HK_GRANULE,
		(unsigned)hk_settled.options.keep_percent,
		(unsigned)hk_settled.options.purge_delay_ms);
	hk_retention_init(&pages, hk_settled.options.keep_bytes / HK_PAGE,
		(unsigned)hk_settled.options.keep_percent,
		(unsigned)hk_settled.options.purge_delay_ms);
}

void hk_purge_keep(size_t bytes)
{
	hk_lock(&hk_heap.lock);
	granules.keep = bytes / HK_GRANULE;
	pages.keep = bytes / HK_PAGE;
	hk_unlock(&hk_heap.lock);
}

static size_t pages_in_use(void)
{
	return hk_counter(&hak_counters.in_use_bytes) / HK_PAGE;
}

/* Of a sparse heap, much less than by granules. */
size_t hk_purge_slack(void)
{
	HK_ASSERT(hk_holds(&hk_heap.lock));
	return hk_retention_slack(&pages, pages_in_use()) * HK_PAGE;
}

static size_t pages_committed(void)
{
	return hk_heap.in_use * PAGES - __atomic_load_n(&hk_heap.clean_pages, __ATOMIC_RELAXED);
}

void hk_purge_note_use(size_t fresh)
{
	uint64_t now = now_ms(), soon = granules.regretted_soon, all = granules.regretted;
	size_t misfit;

	HK_ASSERT(hk_holds(&hk_heap.lock));
	hk_retention_use(&granules, hk_heap.in_use, fresh, now);
	if (granules.regretted != all) {
		hk_count(&hak_counters.regretted_bytes, (granules.regretted_soon - soon)
								<< HK_GRANULE_SHIFT);
		hk_count(&hak_counters.refaulted_bytes, (granules.regretted - all)
								<< HK_GRANULE_SHIFT);
	}
	/* Retained granules that did not fit were part of the need. */
	misfit = fresh > 0 ? hk_heap.retained * PAGES : 0;
	hk_retention_use(&pages, pages_in_use() + misfit, fresh * PAGES, now);
}

void hk_purge_note_soiled(size_t fresh)
{
	hk_lock(&hk_heap.lock);
	hk_heap_count_clean(-(long)fresh);
	hk_retention_use(&pages, pages_in_use(), fresh, now_ms());
	hk_unlock(&hk_heap.lock);
}

bool hk_purge_pages_due(bool by_clock)
{
	size_t in_use = pages_in_use(), committed, target;

	hk_lock(&hk_heap.lock);
	committed = pages_committed();
	target = by_clock ? hk_retention_look(&pages, in_use, committed, now_ms())
			  : hk_retention_free(&pages, in_use, committed, now_ms());
	hk_unlock(&hk_heap.lock);
	return target < committed;
}

void hk_purge_note_pages(size_t purged)
{
	hk_lock(&hk_heap.lock);
	hk_retention_purged(&pages, pages_committed() + purged, pages_committed(), now_ms());
	hk_unlock(&hk_heap.lock);
	hk_count(&hak_counters.purges, 1);
	hk_count(&hak_counters.purged_bytes, purged * HK_PAGE);
}

/* ---- a kernel that refuses ------------------------------------------------------------------- */

void hk_purge_granted(void)
{
	HK_ASSERT(hk_holds(&hk_heap.lock));
	refusals = 0;
	suspended_ms = 0;
}

void hk_purge_refused(void)
{
	HK_ASSERT(hk_holds(&hk_heap.lock));
	if (++refusals < REFUSALS_MOST)
		return;
	suspended_ms = suspended_ms == 0 ? SUSPENDED_MS : 2 * suspended_ms;
	if (suspended_ms > SUSPENDED_MOST_MS)
		suspended_ms = SUSPENDED_MOST_MS;
	resumes_ms = now_ms() + suspended_ms;
	hk_counter_set(&hak_counters.madvise_disabled, 1);
}

/* The next refusal suspends again at once. */
static bool is_suspended(void)
{
	if (!hk_counter(&hak_counters.madvise_disabled))
		return false;
	if (now_ms() < resumes_ms)
		return true;
	hk_counter_set(&hak_counters.madvise_disabled, 0);
	return false;
}

/* ---- purging --------------------------------------------------------------------------------- */

/* Until no more than `target` is committed, or no more can be done. */
static void purge_to(size_t target)
{
	size_t before = hk_heap.dirty;

	while (hk_heap.dirty > target && !is_suspended() && hk_reclaim(hk_heap.dirty - target) > 0)
		;
	if (hk_heap.dirty == before)
		return;
	hk_retention_purged(&granules, before, hk_heap.dirty, now_ms());
	hk_count(&hak_counters.purges, 1);
	hk_count(&hak_counters.purged_bytes, (before - hk_heap.dirty) << HK_GRANULE_SHIFT);
}

/*
 * Most of what is committed is in no use: somebody has to notice that it is over, and soon nobody
 * may come by here any more.
 */
static void watch_if_swollen(void)
{
	bool is = pages_committed() + hk_heap.retained * PAGES >
		  2 * (pages_in_use() + hk_retention_slack(&pages, pages_in_use()));

	if (is != __atomic_load_n(&swollen, __ATOMIC_RELAXED) && (!is || hk_idle_watch_all()))
		__atomic_store_n(&swollen, is, __ATOMIC_RELAXED);
}

void hk_purge_excess(void)
{
	uint64_t now = now_ms();

	HK_ASSERT(hk_holds(&hk_heap.lock));
	hk_retention_free(&pages, pages_in_use(), pages_committed(), now);
	purge_to(hk_retention_free(&granules, hk_heap.in_use, hk_heap.dirty, now));
	watch_if_swollen();
}

bool hk_purge_is_swollen(void)
{
	return __atomic_load_n(&swollen, __ATOMIC_RELAXED);
}

bool hk_purge_now(void)
{
	HK_ASSERT(hk_holds(&hk_heap.lock));
	purge_to(0);
	return hk_reclaim_space(1);
}

static void look(uint64_t now)
{
	size_t most;

	is_suspended(); /* it may be over, though nothing is to be purged here */
	purge_to(hk_retention_look(&granules, hk_heap.in_use, hk_heap.dirty, now));
	/* A few blocks in many slabs look like much in use; by pages it is known better. */
	most = hk_retention_ceiling(&pages) / PAGES + hk_retention_slack(&granules, hk_heap.in_use);
	if (hk_purge_is_swollen())
		purge_to(larger(most, hk_heap.in_use));
	if (hk_heap.mapped > 2 * hk_retention_high(&granules) + SPARE_SPACE)
		hk_reclaim_space(SPARE_SPACE / HK_GRANULES);
	watch_if_swollen();
	hk_counter_set(&hak_counters.in_use_peak, hk_retention_high(&granules) << HK_GRANULE_SHIFT);
	hk_heap_publish();
}

/* More than would be if nothing had ever been wanted back: it is to be forgotten one day. */
static bool is_pending(void)
{
	return hk_heap.dirty > hk_heap.in_use + hk_retention_slack(&granules, hk_heap.in_use) ||
	       hk_sparse_is_due();
}

bool hk_purge_tick(void)
{
	uint64_t now = now_ms();
	bool pending;

	if (now - __atomic_load_n(&ticked_ms, __ATOMIC_RELAXED) < TICK_MS ||
		!hk_trylock(&hk_heap.lock))
		return false;
	__atomic_store_n(&ticked_ms, now, __ATOMIC_RELAXED);
	hk_collapse_dense();
	look(now);
	pending = is_pending();
	hk_unlock(&hk_heap.lock);
	hk_sparse_check(true);
	hk_idle_look(now, pending);
	return true;
}

size_t hk_purge_all(void)
{
	size_t before, after;

	hk_lock(&hk_heap.lock);
	before = hk_heap.retained;
	hk_purge_now();
	after = hk_heap.retained;
	hk_heap_publish();
	hk_unlock(&hk_heap.lock);
	return (before - after) << HK_GRANULE_SHIFT;
}
