/* SPDX-License-Identifier: MIT */
/*
 * Caches of threads that sleep. A thousand threads that each freed some megabytes once, and wait
 * since then, would hold them for ever; and a thread whose calls its own cache answers would never
 * come by a place where time is noticed. So caches are listed, and a thread that comes by the clock
 *
 *  - empties those of threads that have not allocated or freed anything for a while, and
 *  - as long as something is left to be given back later, makes each thread's free() go the second
 *    way (cache.h) for some calls, on which it looks at the clock: *watching*.
 *
 * Taking a bin from a thread that may wake at any moment needs no atomic operation, barrier or flag
 * in malloc() and free(), for three reasons:
 *
 * 1. They change the room of a bin first and its head last. Between calls, the room and the blocks
 *    in the list are the capacity together; between these two instructions they are not.
 * 2. A head with bit 1 set is no aligned pointer, and a room far below 0 is no room: a call that
 *    meets these *taints* undoes its change and goes the slow way. A call that is between the two
 *    instructions meanwhile either shows in the sum or removes a taint, whether it runs or its
 *    thread is stopped there for an hour.
 * 3. Slow functions are between hk_cache_enter() and hk_cache_leave(), which set a byte, and see
 *    when the theft has begun: then they wait for its lock and take all taints back.
 *
 * A theft goes in steps, at least a second apart, which is more than any store needs to reach the
 * other processors: the cache looks unused; it is announced; the thread is not in a slow function,
 * and the bins are tainted; each bin that still is, and whose sum is right, is emptied.
 */
#ifndef SRC_IDLE_H
#define SRC_IDLE_H

#include "src/bin.h"

#include <stdbool.h>
#include <stdint.h>

/* What is added to the room of a tainted bin. */
#define HK_NO_ROOM (INT32_MIN / 2)

enum hk_theft { HK_UNTOUCHED, HK_ANNOUNCED, HK_TAINTED, HK_EMPTIED };

/* Bit 1 of a head: below it is a block's address, or it is HK_BIN_EMPTY. */
#define HK_TAINT ((uintptr_t)2)

/* A bin's room, whether it is tainted or not. */
static inline int32_t hk_idle_room(const struct hk_bin *bin)
{
	int32_t room = hk_room_of(bin);

	return room < HK_NO_ROOM / 2 ? room - HK_NO_ROOM : room;
}

/* The calling thread's cache is listed, until it ends. */
void hk_idle_register(struct hk_cache *cache);
void hk_idle_unregister(struct hk_cache *cache);

/* The calling thread wakes and finds its cache in other hands. */
void hk_idle_wake(struct hk_cache *cache);

/* Around all functions that change the calling thread's bins, but for the fast paths. */
static inline void hk_cache_enter(struct hk_cache *cache)
{
	__atomic_store_n(&cache->busy, (uint8_t)(cache->busy + 1), __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (unlikely(__atomic_load_n(&cache->theft, __ATOMIC_RELAXED) != HK_UNTOUCHED))
		hk_idle_wake(cache);
}

static inline void hk_cache_leave(struct hk_cache *cache)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&cache->busy, (uint8_t)(cache->busy - 1), __ATOMIC_RELEASE);
}

/*
 * By the clock, any thread, no lock held. `pending`: something is to be given back later, so all
 * threads watch.
 */
void hk_idle_look(uint64_t now_ms, bool pending);

/* The bytes in a cache's bins, whichever thread's it is. What is deferred is not among them. */
size_t hk_idle_cached(const struct hk_cache *cache);

/* hak_counters.cached_bytes is what all caches hold now. */
void hk_idle_count_cached(void);

/* All threads watch now. False: not now, ask again. Any lock may be held. */
bool hk_idle_watch_all(void);

/* Around fork(); the child's other threads, and their caches, are gone. */
void hk_idle_lock(void);
void hk_idle_unlock(void);
void hk_idle_forget_others(void);

#endif
