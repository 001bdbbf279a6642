/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Producers and consumers: in each of PAIRS pairs of threads one allocates 16 to 1024 bytes, the
 * other frees them, and RING blocks at most are on their way. Every block is freed by a thread that
 * did not allocate it. One iteration is one block, two ops; the pairs share ITERS.
 */
#include "soak/workloads/workload.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

#define MIN_SIZE 16
#define MAX_SIZE 1024
#define CACHE_LINE 64

static struct workload_arg args[] = {
	WORKLOAD_ITERS,
	{"PAIRS", "pairs of threads", 1, 1, 1024},
	WORKLOAD_SEED,
	{"RING", "blocks on their way in each pair", 1024, 1, 1 << 24},
};

/* Each side has a cache line of its own, which also keeps what it last saw of the other's. */
struct pair {
	_Alignas(CACHE_LINE) uint64_t head; /* blocks pushed; written by the producer */
	uint64_t tail_seen;
	_Alignas(CACHE_LINE) uint64_t tail; /* blocks popped; written by the consumer */
	uint64_t head_seen;
	_Alignas(CACHE_LINE) void **ring;
	uint64_t ring_size, mask; /* the array is a power of two, its use is not */
	uint64_t left, state;
	bool finished; /* no block will follow after `head` */
	pthread_t producer, consumer;
};

static void push(struct pair *pair, void *block)
{
	uint64_t head = pair->head;

	while (head - pair->tail_seen >= pair->ring_size) {
		pair->tail_seen = __atomic_load_n(&pair->tail, __ATOMIC_ACQUIRE);
		if (head - pair->tail_seen >= pair->ring_size)
			sched_yield();
	}
	pair->ring[head & pair->mask] = block;
	__atomic_store_n(&pair->head, head + 1, __ATOMIC_RELEASE);
}

/* NULL when the producer has finished and everything is popped. */
static void *pop(struct pair *pair)
{
	uint64_t tail = pair->tail;
	void *block;

	while (tail == pair->head_seen) {
		bool finished = __atomic_load_n(&pair->finished, __ATOMIC_ACQUIRE);

		pair->head_seen = __atomic_load_n(&pair->head, __ATOMIC_ACQUIRE);
		if (tail != pair->head_seen)
			break;
		if (finished)
			return NULL;
		sched_yield();
	}
	block = pair->ring[tail & pair->mask];
	__atomic_store_n(&pair->tail, tail + 1, __ATOMIC_RELEASE);
	return block;
}

static void *produce(void *context)
{
	struct pair *pair = context;
	uint64_t n;

	while ((n = workload_block(&pair->left)) > 0) {
		for (uint64_t i = 0; i < n; i++)
			push(pair, workload_alloc(
					   MIN_SIZE + workload_high(workload_random(&pair->state),
							      MAX_SIZE - MIN_SIZE + 1)));
		soakops_count_alloc(n);
	}
	__atomic_store_n(&pair->finished, true, __ATOMIC_RELEASE);
	return NULL;
}

static void *consume(void *context)
{
	struct pair *pair = context;
	uint64_t frees = 0;
	void *block;

	while ((block = pop(pair))) {
		free(block);
		if (++frees < WORKLOAD_BLOCK)
			continue;
		soakops_count_free(frees);
		frees = 0;
	}
	soakops_count_free(frees);
	return NULL;
}

static void prepare(struct pair *pair, uint64_t index, uint64_t pairs)
{
	uint64_t iters = args[0].value, capacity = 1;

	while (capacity < args[3].value)
		capacity *= 2;
	pair->ring = workload_array(capacity, sizeof(*pair->ring));
	pair->ring_size = args[3].value;
	pair->mask = capacity - 1;
	pair->left = iters / pairs + (index < iters % pairs);
	pair->state = workload_seed(args[2].value + index);
}

static void start(struct pair *pair)
{
	if (pthread_create(&pair->producer, NULL, produce, pair) ||
		pthread_create(&pair->consumer, NULL, consume, pair))
		workload_fail("cannot create a thread");
}

int main(int argc, char **argv)
{
	uint64_t pairs, start_ns, elapsed_ns, done = 0;
	struct pair *all;

	workload_begin(argc, argv,
		"PAIRS pairs of threads: one allocates 16 to 1024 bytes, the other frees them.",
		args, 4);
	pairs = args[1].value;
	all = aligned_alloc(CACHE_LINE, pairs * sizeof(*all));
	if (!all)
		workload_fail("out of memory");
	for (uint64_t i = 0; i < pairs; i++) {
		all[i] = (struct pair){0};
		prepare(&all[i], i, pairs);
	}
	start_ns = workload_now_ns();
	for (uint64_t i = 0; i < pairs; i++)
		start(&all[i]);
	for (uint64_t i = 0; i < pairs; i++) {
		pthread_join(all[i].producer, NULL);
		pthread_join(all[i].consumer, NULL);
		done += all[i].tail;
		free(all[i].ring);
	}
	elapsed_ns = workload_now_ns() - start_ns;
	free(all);
	return workload_end(done, pairs * args[3].value, 2 * done, elapsed_ns);
}
