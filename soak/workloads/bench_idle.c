/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A pool of threads that idle: each of THREADS allocates BYTES in blocks of MIN to MAX bytes once,
 * frees them all, and sleeps; they do so one after another. Then the main thread makes light use,
 * and what each sleeping thread costs is printed: RSS beyond what it was before the first of them
 * allocated. One iteration is one allocation of the light use, a millisecond.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>

#include "soak/workloads/longest.h"
#include "soak/workloads/resident.h"

enum { ITERS, THREADS, SEED, BYTES, MIN, MAX, ARGS };

static struct workload_arg args[ARGS] = {
	{"ITERS", "milliseconds of light use; 0: until SIGINT or SIGTERM", 2000, 0, UINT64_MAX},
	{"THREADS", "threads", 400, 1, 3000},
	WORKLOAD_SEED,
	{"BYTES", "that each thread has once", 5000000, 1, UINT64_MAX / 16},
	{"MIN", "bytes of a block, at least", 32, sizeof(uint64_t), UINT32_MAX},
	{"MAX", "bytes of a block, at most", 512, sizeof(uint64_t), UINT32_MAX},
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static uint64_t ready, turn, ops; /* threads that are there; whose turn it is, from 1 on */
static int over;

/* The blocks are a list, so that the thread has no memory but theirs. */
static uint64_t use_once(uint64_t seed)
{
	uint64_t state = workload_seed(seed), bytes = 0, count = 0;
	void **first = NULL, **next;

	while (bytes < args[BYTES].value && !workload_stopped) {
		uint64_t size = args[MIN].value + workload_high(workload_random(&state),
							  args[MAX].value - args[MIN].value + 1);

		next = workload_alloc(size);
		*next = first;
		first = next;
		bytes += size;
		count++;
	}
	for (; first; first = next) {
		next = *first;
		free(first);
	}
	soakops_count_alloc(count);
	soakops_count_free(count);
	return 2 * count;
}

static void *live(void *context)
{
	uint64_t index = (uintptr_t)context, mine = 0;

	soakops_count_alloc(0);
	pthread_mutex_lock(&lock);
	ready++;
	pthread_cond_broadcast(&changed);
	while (turn < index && !over)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	mine = use_once(args[SEED].value + index);
	pthread_mutex_lock(&lock);
	ops += mine;
	turn++;
	pthread_cond_broadcast(&changed);
	while (!over)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* Waits until a number that threads count up has got so far. */
static void await(const uint64_t *number, uint64_t value)
{
	pthread_mutex_lock(&lock);
	while (*number < value)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static void give_turn(void)
{
	pthread_mutex_lock(&lock);
	turn = 1;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void end_all(const pthread_t *threads, uint64_t count)
{
	pthread_mutex_lock(&lock);
	over = 1;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	for (uint64_t i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

static void print_cost(uint64_t before_kib, uint64_t after_kib, uint64_t threads)
{
	double each = ((double)after_kib - (double)before_kib) / (double)threads;

	printf("RSS of %" PRIu64 " idle threads = %" PRIu64 " KiB [before=%" PRIu64
	       " KiB, each=%.1f KiB]\n",
		threads, after_kib, before_kib, each);
}

int main(int argc, char **argv)
{
	uint64_t count, state, before_kib, after_kib, start_ns, elapsed_ns, done;
	struct longest longest = {0};
	pthread_t *threads;

	workload_begin(argc, argv, "Threads that used memory once and sleep.", args, ARGS);
	workload_check_range(&args[MIN], &args[MAX]);
	count = args[THREADS].value;
	threads = resident_table(count, sizeof(*threads));
	for (uint64_t i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, live, (void *)(uintptr_t)(i + 1)))
			workload_fail("cannot create a thread");
	await(&ready, count);
	before_kib = resident_look().now_kib;
	start_ns = workload_now_ns();
	give_turn();
	await(&turn, count + 1);
	state = workload_seed(args[SEED].value);
	done = workload_light_use(args[ITERS].value, &state, &longest);
	elapsed_ns = workload_now_ns() - start_ns;
	after_kib = resident_look().now_kib;
	end_all(threads, count);
	print_cost(before_kib, after_kib, count);
	return workload_end(done, 0, ops + 2 * done, elapsed_ns);
}
