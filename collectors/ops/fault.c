/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plants a fault in the process that loads libsoakops.so: see fault.h. Called by libsoakops.c. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "collectors/ops/fault.h"
#include "collectors/ops/heap_page.h"

#define LEAK_BLOCK_BYTES 4096
#define CHURN_BYTES 65536
#define TURN_NS 20000000
#define STACK_BYTES 131072
#define HOUR_NS 3600e9

bool fault_slows;

static struct {
	struct fault_account *account;
	double (*one)(void); /* of the planter: does one piece, returns its size; 0: not done */
	double rate;         /* of these sizes, per ns */
	double share;        /* of slow calls, at the end */
	double length_ns;    /* until then */
} fault;

static uint64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- a leak, or churn ------------------------------------------------------------------------ */

static double leak(void)
{
	void *(*volatile allocate)(size_t) = malloc;
	void *block = allocate(LEAK_BLOCK_BYTES);

	if (!block)
		return 0.0;
	memset(block, 0x5a, LEAK_BLOCK_BYTES);
	__atomic_fetch_add(&fault.account->leaked_bytes, LEAK_BLOCK_BYTES, __ATOMIC_RELAXED);
	return LEAK_BLOCK_BYTES;
}

static double churn(void)
{
	void *block =
		mmap(NULL, CHURN_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (block == MAP_FAILED)
		return 0.0;
	munmap(block, CHURN_BYTES);
	__atomic_fetch_add(&fault.account->churn_pairs, 1, __ATOMIC_RELAXED);
	return 1.0;
}

/* It counts no ops of its own: they are not the program's. */
static void *plant(void *unused)
{
	static __thread struct soakops_slot mute;
	const struct timespec turn = {.tv_nsec = TURN_NS};
	double done = 0.0, step;

	(void)unused;
	__atomic_store_n(&soakops_mine, &mute, __ATOMIC_RELAXED);
	for (;;) {
		double due =
			fault.rate * (double)(now_ns(CLOCK_MONOTONIC) - fault.account->begun_ns);

		while (done < due && (step = fault.one()) > 0.0)
			done += step;
		nanosleep(&turn, NULL);
	}
	return NULL;
}

/* Another process that lives has it already? One that died, or was executed anew, is followed. */
static bool is_mine(struct fault_account *account)
{
	uint64_t me = (uint64_t)getpid(),
		 old = __atomic_load_n(&account->planter, __ATOMIC_ACQUIRE);

	if (old && old != me && (kill((pid_t)old, 0) == 0 || errno != ESRCH))
		return false;
	if (!__atomic_compare_exchange_n(
		    &account->planter, &old, me, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return false;
	account->leaked_bytes = account->churn_pairs = 0;
	account->begun_ns = now_ns(CLOCK_MONOTONIC);
	return true;
}

/* The program's signals are for its own threads. */
static void start_thread(void)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;

	sigfillset(&all);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_create(&thread, &attributes, plant, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
}

/* ---- calls that become slower ---------------------------------------------------------------- */

/* Of this thread: the clock's tick, and its CPU time, when it was last slowed down. */
static __thread uint64_t tick_ns, cpu_ns;

static double share_now(void)
{
	uint64_t begun_ns = fault.account->begun_ns, now = now_ns(CLOCK_MONOTONIC);
	double passed = begun_ns && now > begun_ns ? (double)(now - begun_ns) : 0.0;

	return fault.share * (passed < fault.length_ns ? passed / fault.length_ns : 1.0);
}

/* Works for nothing until its share of the CPU time since the last turn is full. */
static __attribute__((noinline, cold)) void waste(void)
{
	uint64_t cpu = now_ns(CLOCK_THREAD_CPUTIME_ID), last = cpu_ns, until;
	double share = share_now();

	if (!last) {
		cpu_ns = cpu;
		return;
	}
	until = cpu + (uint64_t)((double)(cpu - last) * share / (1.0 - share));
	while (cpu_ns = now_ns(CLOCK_THREAD_CPUTIME_ID), cpu_ns < until)
		;
	__atomic_fetch_add(&fault.account->slowed_ns, cpu_ns - cpu, __ATOMIC_RELAXED);
}

/* The coarse clock costs no system call and ticks each few ms. */
void fault_slow(void)
{
	uint64_t tick = now_ns(CLOCK_MONOTONIC_COARSE);
	int saved = errno;

	if (tick == tick_ns)
		return;
	tick_ns = tick;
	waste();
	errno = saved;
}

static void read_slow(const char *numbers)
{
	char *rest;

	fault.share = strtod(numbers, &rest) / 100.0;
	fault.length_ns = *rest == ':' ? strtod(rest + 1, NULL) * 1e9 : 0.0;
	fault_slows = fault.share > 0.0 && fault.share < 1.0 && fault.length_ns > 0.0;
}

bool fault_read(struct soakops_page *page)
{
	const char *text = getauxval(AT_SECURE) ? NULL : getenv(FAULT_VARIABLE);

	if (!text || !page->slot_count)
		return false; /* no page: nobody observes, or another malloc serves the program */
	fault.account = &heap_page_of(page)->fault;
	if (strncmp(text, "slow:", 5) == 0) {
		read_slow(text + 5);
	} else if (strncmp(text, "leak:", 5) == 0) {
		fault.one = leak;
		fault.rate = strtod(text + 5, NULL) / HOUR_NS;
	} else if (strncmp(text, "churn:", 6) == 0) {
		fault.one = churn;
		fault.rate = strtod(text + 6, NULL) / 1e9;
	}
	return fault_slows;
}

void fault_begin(void)
{
	uint64_t unset = 0;

	if (fault_slows)
		__atomic_compare_exchange_n(&fault.account->begun_ns, &unset,
			now_ns(CLOCK_MONOTONIC), 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	else if (fault.rate > 0.0 && is_mine(fault.account))
		start_thread();
}
