/* SPDX-License-Identifier: MIT */
/*
 * The deferring path of free(), which cache.h describes: for the threads of a large heap, and for a
 * thread that has to look at the clock.
 */
#ifndef SRC_DEFER_H
#define SRC_DEFER_H

#include "src/cache.h"

/* Puts a deferred block into its bin. False: no room, or the block is marked as free. */
static inline bool hk_undefer(struct hk_cache *cache, uint64_t *p)
{
	size_t class = hk_map_word(p) / HK_BIN_WORDS;
	struct hk_bin *bin = &cache->bins[class];
	int32_t room = hk_room_of(bin) - 1;

	if (unlikely(class >= HK_CLASSES || room < 0 || hk_is_marked(p)))
		return false;
	hk_set_room(bin, room);
	*p = (uint64_t)hk_head_of(bin) ^ hk_settled.key;
	hk_set_head(bin, p);
	return true;
}

/*
 * Defers the free() of p. False: the thread does not defer, or p is not the start of a block;
 * nothing has changed then. The function contains the short form of hk_cache_enter() and
 * hk_cache_leave(): if a theft has begun, another function handles it.
 */
static inline bool hk_defer(void *p)
{
	struct hk_cache *cache = hk_my_cache();
	size_t class = hk_map_word(p) / HK_BIN_WORDS;
	uint32_t offset = (uint16_t)(uintptr_t)p, turn = cache->turn;
	void *oldest;

	if (!cache->defers || cache->busy || class >= HK_CLASSES ||
		offset * hk_classes[class].inverse >= hk_classes[class].inverse)
		return false;
	__atomic_store_n(&cache->busy, 1, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (unlikely(__atomic_load_n(&cache->theft, __ATOMIC_RELAXED) != 0)) {
		__atomic_store_n(&cache->busy, 0, __ATOMIC_RELEASE);
		return false;
	}
	HK_C7_FREE(class);
	__builtin_prefetch(p, 1);
	oldest = cache->deferred[turn % HK_DEFERRED];
	cache->deferred[turn % HK_DEFERRED] = p;
	__atomic_store_n(&cache->turn, (uint8_t)(turn + 1), __ATOMIC_RELAXED);
	if (likely(oldest) && hk_undefer(cache, oldest))
		oldest = NULL;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&cache->busy, 0, __ATOMIC_RELEASE);
	if (unlikely(oldest))
		hk_cache_finish(oldest);
	else if (unlikely(--cache->until_look == 0))
		hk_cache_look();
	return true;
}

#endif
