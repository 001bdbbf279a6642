/* SPDX-License-Identifier: MIT */
/*
 * Caches of threads that sleep. A thousand threads that each freed some megabytes once and then
 * wait would hold that memory for ever. And a thread whose own cache answers all its calls would
 * never look at the clock. So all caches are in a list, and a thread that looks at the clock
 *
 *  - empties the caches of threads that have not allocated or freed anything for a while, and
 *  - while memory is left to be given back later, makes each thread's free() take the deferring
 *    path (cache.h) for some calls; on that path it looks at the clock. This is *watching*.
 *
 * A thread may wake at any moment. Taking its bins still needs no atomic operation, barrier or flag
 * in malloc() and free(), for three reasons:
 *
 * 1. They change the room of a bin first and its head last. Between calls, the room and the number
 *    of blocks in the list add up to the capacity; between these two instructions they do not.
 * 2. A head with bit 1 set is not an aligned pointer, and a room far below 0 has no place left. A
 *    call that meets these *taints* undoes its change and takes the slow path. A call that is
 *    between the two instructions when the taint comes either shows in the sum or removes the
 *    taint, even if its thread is stopped there for an hour.
 * 3. Slow functions run between hk_cache_enter() and hk_cache_leave(), which set a byte. They see
 *    when a theft has begun; then they wait for its lock and remove all taints.
 *
 * A theft has four steps, at least a second apart, longer than a store needs to become visible to
 * other processors: the cache looks unused; the theft is announced; the thread is not in a slow
 * function, so the bins are tainted; each bin that is still tainted and whose sum is right is
 * emptied.
 */
#ifndef SRC_IDLE_H
#define SRC_IDLE_H

#include "src/bin.h"

#include <stdbool.h>
#include <stdint.h>

/* Added to the room of a tainted bin. */
#define HK_NO_ROOM (INT32_MIN / 2)

enum hk_theft { HK_UNTOUCHED, HK_ANNOUNCED, HK_TAINTED, HK_EMPTIED };

/* Bit 1 of a head. It is 0 in a block's address and in HK_BIN_EMPTY. */
#define HK_TAINT ((uintptr_t)2)

/* A bin's room, whether it is tainted or not. */
static inline int32_t hk_idle_room(const struct hk_bin *bin)
{
	int32_t room = hk_room_of(bin);

	return room < HK_NO_ROOM / 2 ? room - HK_NO_ROOM : room;
}

/* Adds the calling thread's cache to the list; removes it when the thread ends. */
void hk_idle_register(struct hk_cache *cache);
void hk_idle_unregister(struct hk_cache *cache);

/* The calling thread wakes up and finds a theft of its cache under way. */
void hk_idle_wake(struct hk_cache *cache);

/* Around every function that changes the calling thread's bins, except the fast paths. */
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
 * The look at the clock. Any thread, no lock held. `pending`: memory is left to be given back
 * later, so all threads watch.
 */
void hk_idle_look(uint64_t now_ms, bool pending);

/* The bytes in the bins of any thread's cache, without deferred blocks. */
size_t hk_idle_cached(const struct hk_cache *cache);

/* Sets hak_counters.cached_bytes to what all caches hold now. */
void hk_idle_count_cached(void);

/* Makes all threads watch. False: not possible now, ask again. Any lock may be held. */
bool hk_idle_watch_all(void);

/* Around fork(); the child's other threads, and their caches, are gone. */
void hk_idle_lock(void);
void hk_idle_unlock(void);
void hk_idle_forget_others(void);

#endif
