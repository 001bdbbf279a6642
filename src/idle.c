/* SPDX-License-Identifier: MIT */
/*
 * Empties the caches of threads that sleep, and makes threads look at the clock. Called by the
 * purge tick (purge.c); a thread that wakes calls hk_idle_wake().
 */
#include "src/idle.h"
#include "src/cache.h"
#include "src/counters.h"
#include "src/depot.h"
#include "src/superslab.h"

#include <limits.h>

#define STEP_MS 1000
#define LOOKS 64        /* at caches, each time */
#define EMPTIED_MOST 12 /* of them */

/* All that are in use; the one to look at next, and to count. */
static struct hk_lock lock;
static struct hk_cache *caches, *next, *uncounted;
static uint64_t watched_ms; /* when all were last made to watch */

void hk_idle_register(struct hk_cache *cache)
{
	hk_lock(&lock);
	cache->theft = HK_UNTOUCHED;
	cache->fingerprint = 0;
	cache->counted = 0;
	cache->listed = true;
	cache->previous = NULL;
	cache->next = caches;
	if (caches)
		caches->previous = cache;
	caches = cache;
	hk_unlock(&lock);
}

void hk_idle_unregister(struct hk_cache *cache)
{
	hk_lock(&lock);
	cache->listed = false;
	hk_uncount(&hak_counters.cached_bytes, cache->counted);
	if (next == cache)
		next = cache->next;
	if (uncounted == cache)
		uncounted = cache->next;
	if (cache->previous)
		cache->previous->next = cache->next;
	else
		caches = cache->next;
	if (cache->next)
		cache->next->previous = cache->previous;
	hk_unlock(&lock);
}

/* ---- what caches hold ------------------------------------------------------------------------ */

/* Its thread may be between two stores to a bin: then the bin tells what it held before. */
size_t hk_idle_cached(const struct hk_cache *cache)
{
	size_t bytes = 0;

	for (unsigned class = 1; class < HK_CLASSES; ++class) {
		int32_t capacity = __atomic_load_n(&cache->capacity[class], __ATOMIC_RELAXED);
		int32_t blocks = capacity - hk_idle_room(&cache->bins[class]);

		if (blocks > 0 && blocks <= capacity)
			bytes += (size_t)blocks * hk_classes[class].size;
	}
	return bytes;
}

/* So many of them, from where it ended last; at most all. */
static void count_cached(unsigned most)
{
	while (caches && most-- > 0) {
		struct hk_cache *cache = uncounted ? uncounted : caches;
		size_t bytes = hk_idle_cached(cache);

		hk_count(&hak_counters.cached_bytes, bytes - cache->counted);
		cache->counted = bytes;
		uncounted = cache->next;
		if (!uncounted)
			return;
	}
}

void hk_idle_count_cached(void)
{
	hk_lock(&lock);
	uncounted = NULL;
	count_cached(UINT_MAX);
	hk_unlock(&lock);
}

/* ---- taints ---------------------------------------------------------------------------------- */

static bool is_tainted(const uint64_t *head)
{
	return (uintptr_t)head % HK_MIN_ALIGN == HK_TAINT;
}

static void taint(struct hk_bin *bin)
{
	uint64_t *head = hk_head_of(bin);

	if ((uintptr_t)head % HK_MIN_ALIGN != 0)
		return;
	__atomic_fetch_add(&bin->room, HK_NO_ROOM, __ATOMIC_SEQ_CST);
	__atomic_compare_exchange_n(&bin->head, &head, (uint64_t *)((uintptr_t)head | HK_TAINT),
		false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

/* Nobody else touches the bin: its thread is here. */
static void take_taint_back(struct hk_cache *cache, unsigned class)
{
	struct hk_bin *bin = &cache->bins[class];

	if (is_tainted(hk_head_of(bin)))
		hk_set_head(bin, (uint64_t *)((uintptr_t)hk_head_of(bin) & ~HK_TAINT));
	if (hk_room_of(bin) < HK_NO_ROOM / 2)
		hk_set_room(bin, hk_room_of(bin) - HK_NO_ROOM);
	if (hk_head_of(bin) == HK_BIN_EMPTY)
		hk_set_room(bin, cache->capacity[class]);
}

void hk_idle_wake(struct hk_cache *cache)
{
	hk_lock(&cache->lock);
	if (cache->theft != HK_ANNOUNCED)
		for (unsigned class = 1; class < HK_CLASSES; class ++)
			take_taint_back(cache, class);
	__atomic_store_n(&cache->theft, HK_UNTOUCHED, __ATOMIC_RELAXED);
	hk_unlock(&cache->lock);
}

/* ---- a theft --------------------------------------------------------------------------------- */

/*
 * The blocks of a tainted bin, if they and its room fit together: then its thread is in no call
 * that has to do with it. Else 0, and what was read on the way may be anything.
 */
static unsigned list_blocks(const struct hk_cache *cache, unsigned class, void **blocks)
{
	const struct hk_bin *bin = &cache->bins[class];
	uint64_t *at = hk_head_of(bin);
	int32_t room = hk_room_of(bin);
	unsigned count = 0, index;

	if (!is_tainted(at) || room > HK_NO_ROOM / 2)
		return 0;
	at = (uint64_t *)((uintptr_t)at & ~HK_TAINT);
	while (at != HK_BIN_EMPTY && count < HK_CAPACITY_MAX) {
		if ((uintptr_t)at % HK_MIN_ALIGN != 0 || hk_map_class(at) != class ||
			!hk_slab_index(class, at, &index))
			return 0;
		blocks[count++] = at;
		at = (uint64_t *)(__atomic_load_n(at, __ATOMIC_RELAXED) ^ hk_settled.key);
	}
	if (at != HK_BIN_EMPTY || (int32_t)count + room - HK_NO_ROOM != cache->capacity[class])
		return 0;
	return count;
}

/* Blocks that were freed, and in no bin yet; what looks odd is left for its own thread to find. */
static void empty_deferred(struct hk_cache *cache)
{
	for (unsigned i = 0; i < HK_DEFERRED; i++) {
		void *p = cache->deferred[i];
		unsigned class = p ? hk_map_class(p) : 0;

		if (class == 0 || class >= HK_CLASSES || hk_is_marked(p))
			continue;
		cache->deferred[i] = NULL;
		*(uint64_t *)p = (uint64_t)HK_BIN_EMPTY ^ hk_settled.key;
		hk_depot_give(class, &p, 1);
	}
}

static void empty(struct hk_cache *cache)
{
	void *blocks[HK_CAPACITY_MAX];

	for (unsigned class = 1; class < HK_CLASSES; class ++) {
		unsigned count = list_blocks(cache, class, blocks);

		if (count == 0)
			continue;
		__atomic_store_n(&cache->bins[class].head, HK_BIN_EMPTY, __ATOMIC_RELAXED);
		hk_depot_give(class, blocks, count);
	}
	empty_deferred(cache);
}

static uint64_t fingerprint(const struct hk_cache *cache)
{
	uint64_t print = __atomic_load_n(&cache->turn, __ATOMIC_RELAXED);

	for (unsigned class = 1; class < HK_CLASSES; class ++) {
		const struct hk_bin *bin = &cache->bins[class];

		print = (print << 7 | print >> 57) ^ (uintptr_t)hk_head_of(bin) ^
			(uint64_t)(uint32_t)hk_room_of(bin) << 48;
	}
	return print | 1;
}

/* Returns whether there is more to do. */
static bool step(struct hk_cache *cache)
{
	bool busy = __atomic_load_n(&cache->busy, __ATOMIC_ACQUIRE) != 0;
	uint64_t print;

	switch (cache->theft) {
	case HK_UNTOUCHED:
		print = fingerprint(cache);
		if (print == cache->fingerprint && !busy)
			__atomic_store_n(&cache->theft, HK_ANNOUNCED, __ATOMIC_SEQ_CST);
		cache->fingerprint = print;
		return true;
	case HK_ANNOUNCED:
		if (busy)
			return true;
		for (unsigned class = 1; class < HK_CLASSES; class ++)
			taint(&cache->bins[class]);
		__atomic_store_n(&cache->theft, HK_TAINTED, __ATOMIC_SEQ_CST);
		return true;
	case HK_TAINTED:
		if (!busy)
			empty(cache);
		__atomic_store_n(&cache->theft, HK_EMPTIED, __ATOMIC_RELAXED);
		return false;
	default:
		return false;
	}
}

/* From its next free() on it goes the second way, and watches. */
static void make_watch(struct hk_cache *cache)
{
	if (__atomic_exchange_n(&cache->asked, true, __ATOMIC_SEQ_CST))
		return;
	for (unsigned class = 1; class < HK_CLASSES; class ++)
		__atomic_store_n(&cache->bins[class].inverse, 0, __ATOMIC_RELAXED);
}

/* Steps with as many as time allows; returns whether any has more to come. */
static bool step_all(uint64_t now)
{
	unsigned looks = 0, emptied = 0;
	bool more = false;

	for (; looks < LOOKS && emptied < EMPTIED_MOST; looks++) {
		struct hk_cache *cache = next ? next : caches;

		if (!cache)
			break;
		next = cache->next;
		if (cache == &hk_cache || now - cache->stepped_ms < STEP_MS)
			continue;
		if (!hk_trylock(&cache->lock))
			continue;
		cache->stepped_ms = now;
		emptied += cache->theft == HK_TAINTED;
		more |= step(cache);
		hk_unlock(&cache->lock);
	}
	return more;
}

static void make_all_watch(void)
{
	for (struct hk_cache *cache = caches; cache; cache = cache->next)
		make_watch(cache);
}

bool hk_idle_watch_all(void)
{
	if (!hk_trylock(&lock))
		return false;
	make_all_watch();
	hk_unlock(&lock);
	return true;
}

void hk_idle_look(uint64_t now, bool pending)
{
	HK_ASSERT(hk_may_take(&hk_heap.lock));
	if (!hk_trylock(&lock))
		return;
	count_cached(LOOKS);
	pending |= step_all(now);
	if (pending && now - watched_ms >= STEP_MS) {
		watched_ms = now;
		make_all_watch();
	}
	hk_unlock(&lock);
}

/* ---- fork ------------------------------------------------------------------------------------ */

void hk_idle_lock(void)
{
	hk_lock(&lock);
}

void hk_idle_unlock(void)
{
	hk_unlock(&lock);
}

void hk_idle_forget_others(void)
{
	for (struct hk_cache *cache = caches; cache; cache = cache->next)
		if (cache != &hk_cache)
			hk_uncount(&hak_counters.cached_bytes, cache->counted);
	caches = next = uncounted = NULL;
	if (hk_cache.listed) {
		hk_cache.next = hk_cache.previous = NULL;
		caches = &hk_cache;
	}
}
