/* SPDX-License-Identifier: MIT */
/*
 * The slow half of the one-word mutex: sleeping and waking by futex. Called by the inline
 * functions of lock.h under contention.
 */
#include "src/lock.h"
#include "src/os.h"
#include "src/telemetry.h"

/* Critical sections are some hundred cycles: look this often before sleeping. */
#define SPINS 100

static inline void pause_briefly(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("isb" ::: "memory");
#endif
}

__thread bool hk_forking;

void hk_lock_slowly(struct hk_lock *lock)
{
	if (hk_forking)
		return;
	HK_CLASS_STAT(lock_waits, 1);
	for (int i = 0; i < SPINS; i++) {
		pause_briefly();
		if (__atomic_load_n(&lock->state, __ATOMIC_RELAXED) == 0 && hk_trylock(lock))
			return;
	}
	while (__atomic_exchange_n(&lock->state, 2, __ATOMIC_ACQUIRE) != 0)
		hk_os_wait(&lock->state, 2);
	hk_set_holder(lock, hk_me());
}

void hk_lock_wake(struct hk_lock *lock)
{
	hk_os_wake_one(&lock->state);
}
