/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * COUNT threads one after another. Each allocates BLOCKS blocks, frees them, and leaves three more
 * to be freed as it ends, by the two ways that there are: a destructor of C++'s kind
 * (__cxa_thread_atexit) and those of two pthread keys. All of them allocate and free as well, and
 * the second key sets itself once more, so that its destructor comes in a second round, after
 * everything else. Prints what is resident after a tenth of the threads and at the end. One
 * iteration is one thread.
 */
#include "soak/workloads/resident.h"
#include "soak/workloads/workload.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>

#define MIN_SIZE 16
#define MAX_SIZE 1024
#define MAX_BLOCKS 1024
#define KEPT_SIZE 200
#define TEMPORARY_SIZE 3000
#define KEPT_BLOCKS 4 /* one for each of three destructors, and one of the second round */
/* Each kept block is freed by a destructor that allocates and frees a temporary one. */
#define OWN_ALLOCS (2 * KEPT_BLOCKS)

static struct workload_arg args[] = {
	{"COUNT", "threads", 20000, 1, 1 << 30},
	{"BLOCKS", "of 16 to 1024 bytes that each thread has at a time", 20, 1, MAX_BLOCKS},
	WORKLOAD_SEED,
};

static pthread_key_t keys[2];
static _Thread_local int second_round;

/* What a C++ compiler calls for a thread_local object; glibc has it in no header. */
extern int __cxa_thread_atexit_impl(void (*destructor)(void *), void *object, void *dso);
extern void *__dso_handle;

static void destroy(void *kept)
{
	void *temporary = workload_alloc(TEMPORARY_SIZE);

	free(kept);
	free(temporary);
}

static void keep(pthread_key_t key)
{
	if (pthread_setspecific(key, workload_alloc(KEPT_SIZE)))
		workload_fail("cannot set a key");
}

static void destroy_twice(void *kept)
{
	destroy(kept);
	if (!second_round)
		keep(keys[1]);
	second_round = 1;
}

static void *live(void *context)
{
	uint64_t *state = context;
	void *blocks[MAX_BLOCKS];

	for (uint64_t i = 0; i < args[1].value; i++)
		blocks[i] = workload_alloc(
			MIN_SIZE + workload_high(workload_random(state), MAX_SIZE - MIN_SIZE + 1));
	keep(keys[0]);
	keep(keys[1]);
	if (__cxa_thread_atexit_impl(destroy, workload_alloc(KEPT_SIZE), &__dso_handle))
		workload_fail("cannot register a destructor");
	for (uint64_t i = 0; i < args[1].value; i++)
		free(blocks[i]);
	return NULL;
}

static void run_thread(uint64_t *state)
{
	uint64_t allocs = OWN_ALLOCS + args[1].value;
	pthread_t thread;

	if (pthread_create(&thread, NULL, live, state))
		workload_fail("cannot create a thread");
	pthread_join(thread, NULL);
	soakops_count_alloc(allocs);
	soakops_count_free(allocs);
}

static void print_progress(const char *when, uint64_t threads, uint64_t elapsed_ns)
{
	struct resident resident = resident_look();

	printf("RSS %s = %" PRIu64 " KiB [threads=%" PRIu64 "] time=%.3fs\n", when,
		resident.now_kib, threads, (double)elapsed_ns / 1e9);
}

int main(int argc, char **argv)
{
	uint64_t count, state, start_ns, elapsed_ns, done = 0;

	workload_begin(argc, argv,
		"Threads one after another, with destructors that allocate and free.", args, 3);
	count = args[0].value;
	state = workload_seed(args[2].value);
	if (pthread_key_create(&keys[0], destroy) || pthread_key_create(&keys[1], destroy_twice))
		workload_fail("cannot create a key");
	start_ns = workload_now_ns();
	while (done < count && !workload_stopped) {
		run_thread(&state);
		if (++done == (count + 9) / 10)
			print_progress("at 10 %", done, workload_now_ns() - start_ns);
	}
	elapsed_ns = workload_now_ns() - start_ns;
	print_progress("at the end", done, elapsed_ns);
	return workload_end(
		done, args[1].value, 2 * done * (OWN_ALLOCS + args[1].value), elapsed_ns);
}
