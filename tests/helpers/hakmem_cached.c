/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hakmem_cached: hak_counters.cached_bytes follow what threads put into their caches: of another
 * thread, of one that has ended, and in a forked child. 0 when all is well; else a line tells.
 */
#include "src/hakmem.h"

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Not there if another allocator serves the program. */
extern const volatile struct hak_counters hak_counters __attribute__((weak));

#define SIZE 1008 /* a size class */

static void *(*volatile do_malloc)(size_t) = malloc;
static void (*volatile do_free)(void *) = free;
static pthread_barrier_t barrier;
static void *blocks[64];

static void want(uint64_t got, uint64_t wanted, const char *what)
{
	if (got == wanted)
		return;
	printf("%s: %lu, want %lu\n", what, (unsigned long)got, (unsigned long)wanted);
	fflush(stdout);
	_exit(1);
}

/* Flushes the cache of the caller, and counts all others. */
static uint64_t cached_by_others(void)
{
	malloc_trim(0);
	return hak_counters.cached_bytes;
}

static void meet(void)
{
	pthread_barrier_wait(&barrier);
}

static void *keep_some(void *unused)
{
	for (int i = 0; i < 64; i++)
		blocks[i] = do_malloc(SIZE);
	for (int i = 0; i < 8; i++)
		do_free(blocks[i]);
	for (int i = 8; i < 14; i += 3) {
		meet();
		meet();
		for (int freed = i; freed < i + 3; freed++)
			do_free(blocks[freed]);
	}
	meet();
	meet();
	return unused;
}

/* The clock's look finds them as well, sooner or later. */
static void wait_for(uint64_t wanted)
{
	static void *others[500];
	time_t end = time(NULL) + 30;

	while (hak_counters.cached_bytes < wanted && time(NULL) < end) {
		for (int i = 0; i < 500; i++)
			others[i] = do_malloc(5000);
		for (int i = 0; i < 500; i++)
			do_free(others[i]);
	}
	if (hak_counters.cached_bytes < wanted)
		want(hak_counters.cached_bytes, wanted, "by the clock");
}

static void fork_once(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		want(cached_by_others(), 0, "in a child without the other thread");
		_exit(0);
	}
	waitpid(pid, &status, 0);
	want((uint64_t)status, 0, "the child's status");
}

int main(void)
{
	pthread_t thread;
	uint64_t before;

	want(cached_by_others(), 0, "without other threads");
	pthread_barrier_init(&barrier, NULL, 2);
	if (pthread_create(&thread, NULL, keep_some, NULL) != 0)
		return 2;
	meet();
	before = cached_by_others();
	meet();
	meet();
	want(cached_by_others(), before + (uint64_t)3 * SIZE, "after three blocks were freed");
	fork_once();
	meet();
	meet();
	wait_for(before + (uint64_t)6 * SIZE);
	meet();
	pthread_join(thread, NULL);
	want(cached_by_others(), 0, "when the thread has ended");
	return 0;
}
