/* SPDX-License-Identifier: MIT */
/*
 * Start, exit and fork of the allocator. Called by the first allocation, by exit handlers and by
 * pthread_atfork().
 */
#include "src/life.h"
#include "src/cache.h"
#include "src/check.h"
#include "src/collapse.h"
#include "src/counters.h"
#include "src/depot.h"
#include "src/fault.h"
#include "src/idle.h"
#include "src/libc.h"
#include "src/lock.h"
#include "src/os.h"
#include "src/parked.h"
#include "src/purge.h"
#include "src/runs.h"
#include "src/settled.h"
#include "src/superslab.h"
#include "src/telemetry.h"
#include "src/text.h"

#include <pthread.h>
#include <unistd.h>

static struct hk_lock starting;
static bool printed;
static int printing_process;

/* ---- fork ------------------------------------------------------------------------------------ */

void hk_lock_all(void)
{
	hk_idle_lock();
	for (unsigned class = 1; class < HK_CLASSES; ++class)
		hk_lock(&hk_depots[class].lock);
	hk_lock(&hk_heap.lock);
	hk_parked_lock();
}

void hk_unlock_all(void)
{
	hk_parked_unlock();
	hk_unlock(&hk_heap.lock);
	for (unsigned class = 1; class < HK_CLASSES; ++class)
		hk_unlock(&hk_depots[class].lock);
	hk_idle_unlock();
}

/* libc's own, and not in all of them. */
extern char __libc_single_threaded __attribute__((weak));
extern void _IO_list_lock(void) __attribute__((weak));
extern void _IO_list_unlock(void) __attribute__((weak));

static bool locked_for_fork;

/*
 * With every lock held no thread is between two changes that belong together. What other threads
 * had cached is lost to the child: about what a batch is, each.
 *
 * libc's lock of all streams, which fork() takes as well, comes first: else a thread in getline()
 * waits for us with its stream locked, one in fflush(NULL) for that stream with the list locked,
 * and fork() for the list (glibc's bug 19431). Without other threads there is nobody to wait for,
 * but perhaps ourselves: fork() may be called in a signal handler that interrupted malloc().
 */
static void before_fork(void)
{
	bool alone = &__libc_single_threaded && __libc_single_threaded;

	if (!alone) {
		if (_IO_list_lock)
			_IO_list_lock();
		hk_check_lock();
		hk_lock_all();
		hk_forking = true;
	}
	locked_for_fork = !alone; /* another thread that forks waits until we have read it */
}

static void unlock_after_fork(void)
{
	hk_forking = false;
	hk_unlock_all();
	hk_check_unlock();
}

static void after_fork(void)
{
	if (!locked_for_fork)
		return;
	unlock_after_fork();
	if (_IO_list_unlock)
		_IO_list_unlock();
}

/* libc has made its own locks new already. */
static void after_fork_in_child(void)
{
	if (locked_for_fork) {
		hk_idle_forget_others();
		unlock_after_fork();
	}
	printed = false;
	printing_process = hk_os_process();
	hk_counters_forget_calls();
	hk_counter_set(&hak_counters.threads, 1);
}

/* ---- start ----------------------------------------------------------------------------------- */

enum hk_mode hk_start(void)
{
	enum hk_mode mode;
	bool first;

	hk_lock(&starting);
	mode = hk_settled.mode;
	first = mode == HK_UNSET;
	if (first) {
		printing_process = hk_os_process();
		hk_options_read();
		hk_purge_init();
		hk_collapse_init();
		if (hk_settled.options.ss_os_stats || HK_TELEMETRY)
			hk_text_keep_stderr();
		mode = hk_settled.options.force_libc ? HK_LIBC
		       : hk_settled.options.check    ? HK_CHECK
						     : HK_NORMAL;
		if (mode == HK_LIBC && !hk_libc_is_there())
			hk_fault("HAKMEM_FORCE_LIBC_ALLOC: linked statically, no other malloc",
				NULL);
		if (mode != HK_LIBC)
			hk_heap_start();
		if (!hk_caches_init())
			hk_fault("no key for thread-specific data is left", NULL);
		__atomic_store_n(&hk_settled.mode, mode, __ATOMIC_RELEASE);
		hk_settle();
	}
	hk_unlock(&starting);
	if (first) /* it may allocate */
		pthread_atfork(before_fork, after_fork, after_fork_in_child);
	return mode;
}

/*
 * Before main(), so that our handlers of fork() are the first to be registered, and the last to run
 * before it.
 */
__attribute__((constructor(101))) static void start_early(void)
{
	hk_mode();
}

/* ---- exit ------------------------------------------------------------------------------------ */

/* A child of vfork() that ends is not the end of what it shares with its parent. */
static void at_exit(void)
{
	bool prints = hk_settled.options.ss_os_stats || hk_settled.mode == HK_CHECK || HK_TELEMETRY;

	if (!prints || hk_os_process() != printing_process ||
		__atomic_exchange_n(&printed, true, __ATOMIC_RELAXED))
		return;
	if (hk_settled.mode == HK_CHECK)
		hk_check_at_exit();
	if (hk_settled.options.ss_os_stats)
		hk_counters_print();
	hk_telemetry_print();
}

__attribute__((destructor)) static void at_normal_exit(void)
{
	if (hk_mode() == HK_NORMAL)
		hk_cache_settle();
	at_exit();
}

#ifndef HAKMEM_NO_OVERRIDE
/* exit() calls libc's own; these are for programs that do not come by a destructor. */
__attribute__((visibility("default"))) void _exit(int status)
{
	at_exit();
	hk_os_exit(status);
}

__attribute__((visibility("default"))) void _Exit(int status)
{
	at_exit();
	hk_os_exit(status);
}
#endif
