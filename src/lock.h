/* SPDX-License-Identifier: MIT */
/*
 * A mutex of one word: 0 free, 1 held, 2 held and a thread may sleep for it (Drepper, "Futexes are
 * tricky", 2011, mutex 2). Zeroed memory is a free lock. Not recursive. Order, outermost first:
 * the depot of a size class, the heap, the parked caches; only fork() holds two depots.
 * With HAKMEM_ASSERTIONS a lock knows who holds it.
 */
#ifndef SRC_LOCK_H
#define SRC_LOCK_H

#include "src/assertion.h"

#include <stdbool.h>
#include <stdint.h>

struct hk_lock {
	uint32_t state;
#ifdef HAKMEM_ASSERTIONS
	const void *holder; /* hk_me() */
#endif
};

/*
 * True in the thread that is forking. That thread holds every lock, and other handlers of fork()
 * may allocate before hakmem's handler releases the locks. So it neither takes nor releases any.
 */
extern __thread bool hk_forking __attribute__((tls_model("initial-exec"), visibility("hidden")));

#ifdef HAKMEM_ASSERTIONS
static inline const void *hk_me(void)
{
	return &hk_forking;
}

static inline void hk_set_holder(struct hk_lock *lock, const void *holder)
{
	__atomic_store_n(&lock->holder, holder, __ATOMIC_RELAXED);
}

static inline bool hk_holds(const struct hk_lock *lock)
{
	return __atomic_load_n(&lock->holder, __ATOMIC_RELAXED) == hk_me();
}

/* Whether it could be taken: it is not held, or neither taken nor released, in fork(). */
static inline bool hk_may_take(const struct hk_lock *lock)
{
	return hk_forking || !hk_holds(lock);
}
#else
#define hk_set_holder(lock, holder) ((void)0)
#endif

void hk_lock_slowly(struct hk_lock *lock);
void hk_lock_wake(struct hk_lock *lock);

static inline bool hk_trylock(struct hk_lock *lock)
{
	uint32_t open = 0;

	if (!__atomic_compare_exchange_n(
		    &lock->state, &open, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return false;
	hk_set_holder(lock, hk_me());
	return true;
}

static inline void hk_lock(struct hk_lock *lock)
{
	HK_ASSERT(hk_may_take(lock));
	if (!hk_trylock(lock))
		hk_lock_slowly(lock);
}

static inline void hk_unlock(struct hk_lock *lock)
{
	HK_ASSERT(hk_holds(lock));
	if (hk_forking)
		return;
	hk_set_holder(lock, NULL);
	if (__atomic_exchange_n(&lock->state, 0, __ATOMIC_RELEASE) == 2)
		hk_lock_wake(lock);
}

#endif
