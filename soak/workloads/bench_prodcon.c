/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Producers and consumers: in each of PAIRS pairs of threads one allocates MIN to MAX bytes, the
 * other frees them, and RING blocks at most are on their way. With FUNNEL one thread frees the
 * blocks of all producers, and begins when all rings are full. Every block is freed by a thread
 * that did not allocate it. One iteration is one block, two ops; the pairs share ITERS.
 */
#include "soak/workloads/workload.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

#define CACHE_LINE 64
#define BATCH 64 /* from one ring before the next */

enum { ITERS, PAIRS, SEED, RING, MIN, MAX, FUNNEL, ARGS };

static struct workload_arg args[ARGS] = {
	WORKLOAD_ITERS,
	{"PAIRS", "pairs of threads", 1, 1, 1024},
	WORKLOAD_SEED,
	{"RING", "blocks on their way in each pair", 1024, 1, 1 << 24},
	{"MIN", "bytes of a block, at least", 16, sizeof(uint64_t), UINT32_MAX},
	{"MAX", "bytes of a block, at most", 1024, sizeof(uint64_t), UINT32_MAX},
	{"FUNNEL", "1: one thread frees for all pairs; 0: one for each", 0, 0, 1},
};

/* Each side has a cache line of its own, which also keeps what it last saw of the other's. */
struct pair {
	_Alignas(CACHE_LINE) uint64_t head; /* blocks pushed; written by the producer */
	uint64_t tail_seen;
	_Alignas(CACHE_LINE) uint64_t tail; /* blocks popped; written by the consumer */
	uint64_t head_seen;
	bool drained; /* finished, and everything is popped */
	_Alignas(CACHE_LINE) void **ring;
	uint64_t ring_size, mask; /* the array is a power of two, its use is not */
	uint64_t left, state;
	bool finished; /* no block will follow after `head` */
	pthread_t producer;
};

/* Pops from the rings of `count` pairs. */
struct consumer {
	struct pair *pairs;
	uint64_t count;
	pthread_t thread;
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

/* NULL if the ring is empty. */
static void *pop(struct pair *pair)
{
	uint64_t tail = pair->tail;
	void *block;

	if (tail == pair->head_seen) {
		bool finished = __atomic_load_n(&pair->finished, __ATOMIC_ACQUIRE);

		pair->head_seen = __atomic_load_n(&pair->head, __ATOMIC_ACQUIRE);
		if (tail == pair->head_seen) {
			pair->drained = finished;
			return NULL;
		}
	}
	block = pair->ring[tail & pair->mask];
	__atomic_store_n(&pair->tail, tail + 1, __ATOMIC_RELEASE);
	return block;
}

static bool is_full(struct pair *pair)
{
	return __atomic_load_n(&pair->finished, __ATOMIC_ACQUIRE) ||
	       __atomic_load_n(&pair->head, __ATOMIC_ACQUIRE) - pair->tail >= pair->ring_size;
}

static void *produce(void *context)
{
	uint64_t n, min = args[MIN].value, span = args[MAX].value - min + 1;
	struct pair *pair = context;

	while ((n = workload_block(&pair->left)) > 0) {
		for (uint64_t i = 0; i < n; i++)
			push(pair, workload_alloc(min + workload_high(workload_random(&pair->state),
								span)));
		soakops_count_alloc(n);
	}
	__atomic_store_n(&pair->finished, true, __ATOMIC_RELEASE);
	return NULL;
}

/* One pass over the rings. Returns how many blocks were freed; sets whether all is done. */
static uint64_t free_some(struct consumer *consumer, bool *ret_drained)
{
	uint64_t frees = 0;

	*ret_drained = true;
	for (uint64_t i = 0; i < consumer->count; i++) {
		struct pair *pair = &consumer->pairs[i];
		void *block;

		for (int n = 0; n < BATCH && (block = pop(pair)); n++) {
			free(block);
			frees++;
		}
		*ret_drained &= pair->drained;
	}
	return frees;
}

static void *consume(void *context)
{
	struct consumer *consumer = context;
	uint64_t frees = 0, some;
	bool drained = false;

	for (uint64_t i = 0; args[FUNNEL].value && i < consumer->count; i++)
		while (!is_full(&consumer->pairs[i]))
			sched_yield();
	while (!drained) {
		frees += some = free_some(consumer, &drained);
		if (some > 0 && frees < WORKLOAD_BLOCK && !drained)
			continue;
		soakops_count_free(frees);
		frees = 0;
		if (some == 0)
			sched_yield();
	}
	return NULL;
}

static void prepare(struct pair *pair, uint64_t index, uint64_t pairs)
{
	uint64_t iters = args[ITERS].value, capacity = 1;

	while (capacity < args[RING].value)
		capacity *= 2;
	pair->ring = workload_array(capacity, sizeof(*pair->ring));
	pair->ring_size = args[RING].value;
	pair->mask = capacity - 1;
	pair->left = iters / pairs + (index < iters % pairs);
	pair->state = workload_seed(args[SEED].value + index);
}

static void start(struct pair *pairs, uint64_t pair_count, struct consumer *consumers,
	uint64_t consumer_count)
{
	for (uint64_t i = 0; i < pair_count; i++)
		if (pthread_create(&pairs[i].producer, NULL, produce, &pairs[i]))
			workload_fail("cannot create a thread");
	for (uint64_t i = 0; i < consumer_count; i++) {
		consumers[i].pairs = &pairs[i];
		consumers[i].count = pair_count / consumer_count;
		if (pthread_create(&consumers[i].thread, NULL, consume, &consumers[i]))
			workload_fail("cannot create a thread");
	}
}

int main(int argc, char **argv)
{
	uint64_t pairs, consumer_count, start_ns, elapsed_ns, done = 0;
	struct consumer *consumers;
	struct pair *all;

	workload_begin(argc, argv, "Threads that allocate MIN to MAX bytes; others free them.",
		args, ARGS);
	workload_check_range(&args[MIN], &args[MAX]);
	pairs = args[PAIRS].value;
	consumer_count = args[FUNNEL].value ? 1 : pairs;
	all = aligned_alloc(CACHE_LINE, pairs * sizeof(*all));
	if (!all)
		workload_fail("out of memory");
	consumers = workload_array(consumer_count, sizeof(*consumers));
	for (uint64_t i = 0; i < pairs; i++) {
		all[i] = (struct pair){0};
		prepare(&all[i], i, pairs);
	}
	start_ns = workload_now_ns();
	start(all, pairs, consumers, consumer_count);
	for (uint64_t i = 0; i < pairs; i++)
		pthread_join(all[i].producer, NULL);
	for (uint64_t i = 0; i < consumer_count; i++)
		pthread_join(consumers[i].thread, NULL);
	for (uint64_t i = 0; i < pairs; i++) {
		done += all[i].tail;
		free(all[i].ring);
	}
	elapsed_ns = workload_now_ns() - start_ns;
	free(consumers);
	free(all);
	return workload_end(done, pairs * args[RING].value, 2 * done, elapsed_ns);
}
