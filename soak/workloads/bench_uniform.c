/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mixed over sizes that are uniform in MIN..MAX, so that most blocks are large ones. Each of the
 * threads has a table of WS slots. Each iteration picks a slot at random and frees what it holds,
 * or, if it is empty, allocates into it. One iteration is one op; the threads share ITERS.
 */
#include "soak/workloads/workload.h"

#include <pthread.h>

#define BLOCK_BYTES (64 << 20) /* allocated between two publications, about */

enum { ITERS, WS, SEED, MIN, MAX, THREADS, TOUCH, ARGS };

static struct workload_arg args[ARGS] = {
	WORKLOAD_ITERS,
	{"WS", "slots in each thread's table; about half of them are in use", 400, 1, UINT32_MAX},
	WORKLOAD_SEED,
	{"MIN", "bytes of a block, at least", 16, sizeof(uint64_t), UINT32_MAX},
	{"MAX", "bytes of a block, at most", 65536, sizeof(uint64_t), UINT32_MAX},
	{"THREADS", "threads", 1, 1, 1024},
	{"TOUCH", "1: writes to each page of a block; 0: to its first word", 0, 0, 1},
};

struct worker {
	void **slots;
	uint64_t left, state, done;
	pthread_t thread;
};

/* Returns how many of the n iterations allocated. */
static uint64_t run_block(struct worker *worker, uint64_t n)
{
	uint64_t ws = args[WS].value, min = args[MIN].value, span = args[MAX].value - min + 1;
	uint64_t allocs = 0;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t random = workload_random(&worker->state), size;
		void **slot = &worker->slots[workload_low(random, ws)];

		if (*slot) {
			free(*slot);
			*slot = NULL;
			continue;
		}
		size = min + workload_high(random, span);
		*slot = workload_alloc(size);
		if (args[TOUCH].value)
			workload_touch(*slot, 4096, size);
		allocs++;
	}
	return allocs;
}

static void *work(void *context)
{
	struct worker *worker = context;
	uint64_t most = 1 + BLOCK_BYTES / args[MAX].value, n;

	if (most > WORKLOAD_BLOCK)
		most = WORKLOAD_BLOCK;
	while ((n = workload_take(&worker->left, most)) > 0) {
		uint64_t allocs = run_block(worker, n);

		soakops_count_alloc(allocs);
		soakops_count_free(n - allocs);
		worker->done += n;
	}
	return NULL;
}

/* A single thread is the main one. */
static void work_all(struct worker *workers, uint64_t threads)
{
	for (uint64_t i = 1; i < threads; i++)
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			workload_fail("cannot create a thread");
	work(&workers[0]);
	for (uint64_t i = 1; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
}

int main(int argc, char **argv)
{
	uint64_t iters, threads, start_ns, elapsed_ns, done = 0;
	struct worker *workers;

	workload_begin(argc, argv, "Random frees and allocations of MIN to MAX bytes, uniform.",
		args, ARGS);
	workload_check_range(&args[MIN], &args[MAX]);
	iters = args[ITERS].value;
	threads = args[THREADS].value;
	workers = workload_array(threads, sizeof(*workers));
	for (uint64_t i = 0; i < threads; i++) {
		workers[i].slots = workload_array(args[WS].value, sizeof(void *));
		workers[i].left = iters / threads + (i < iters % threads);
		workers[i].state = workload_seed(args[SEED].value + i);
	}
	start_ns = workload_now_ns();
	work_all(workers, threads);
	elapsed_ns = workload_now_ns() - start_ns;
	for (uint64_t i = 0; i < threads; i++) {
		done += workers[i].done;
		workload_free_slots(workers[i].slots, args[WS].value);
	}
	free(workers);
	return workload_end(done, threads * args[WS].value, done, elapsed_ns);
}
