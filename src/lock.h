/* SPDX-License-Identifier: MIT */
/*
 * A mutex of one word: 0 free, 1 held, 2 held and a thread may sleep for it (Drepper, "Futexes are
 * tricky", 2011, mutex 2). Zeroed memory is a free lock. Not recursive. Order, outermost first:
 * the depot of a size class, the heap, the parked caches; only fork() holds two depots.
 */
#ifndef SRC_LOCK_H
#define SRC_LOCK_H

#include <stdbool.h>
#include <stdint.h>

struct hk_lock {
	uint32_t state;
};

/*
 * True in the thread that is forking. That thread holds every lock, and other handlers of fork()
 * may allocate before hakmem's handler releases the locks. So it neither takes nor releases any.
 */
extern __thread bool hk_forking __attribute__((tls_model("initial-exec"), visibility("hidden")));

void hk_lock_slowly(struct hk_lock *lock);
void hk_lock_wake(struct hk_lock *lock);

static inline bool hk_trylock(struct hk_lock *lock)
{
	uint32_t open = 0;

	return __atomic_compare_exchange_n(
		&lock->state, &open, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline void hk_lock(struct hk_lock *lock)
{
	if (!hk_trylock(lock))
		hk_lock_slowly(lock);
}

static inline void hk_unlock(struct hk_lock *lock)
{
	if (!hk_forking && __atomic_exchange_n(&lock->state, 0, __ATOMIC_RELEASE) == 2)
		hk_lock_wake(lock);
}

#endif
