/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts and stops the busy threads. Called by bench_drain.c. */
#include "soak/workloads/busy.h"

#include <pthread.h>

#include "soak/workloads/resident.h"

#define SLOTS 400
#define BURST 256

struct thread {
	struct busy *busy;
	struct longest longest;
	uint64_t state, ops;
	pthread_t id;
	void *slots[SLOTS];
};

struct busy {
	int watched, over;
	uint64_t count;
	struct thread threads[];
};

static void replace(struct thread *thread)
{
	struct longest aside, *longest = &aside;

	if (__atomic_load_n(&thread->busy->watched, __ATOMIC_RELAXED))
		longest = &thread->longest;
	for (int i = 0; i < BURST; i++) {
		uint64_t random = workload_random(&thread->state);
		void **slot = &thread->slots[workload_low(random, SLOTS)];

		longest_free(longest, *slot);
		*slot = longest_alloc(longest, 16 + workload_high(random, 1009));
	}
	soakops_count_alloc(BURST);
	soakops_count_free(BURST);
	thread->ops += 2 * BURST;
}

static void *live(void *context)
{
	struct thread *thread = context;

	for (int i = 0; i < SLOTS; i++)
		thread->slots[i] = workload_alloc(16);
	while (!__atomic_load_n(&thread->busy->over, __ATOMIC_RELAXED))
		replace(thread);
	for (int i = 0; i < SLOTS; i++)
		free(thread->slots[i]);
	soakops_count_alloc(SLOTS);
	soakops_count_free(SLOTS);
	thread->ops += 2 * SLOTS;
	return NULL;
}

static size_t size_of(uint64_t threads)
{
	return sizeof(struct busy) + threads * sizeof(struct thread);
}

struct busy *busy_begin(uint64_t threads, uint64_t seed)
{
	struct busy *busy = resident_table(1, size_of(threads));

	busy->count = threads;
	for (uint64_t i = 0; i < threads; i++) {
		struct thread *thread = &busy->threads[i];

		thread->busy = busy;
		thread->state = workload_seed(seed + i);
		if (pthread_create(&thread->id, NULL, live, thread))
			workload_fail("cannot create a thread");
	}
	return busy;
}

void busy_watch(struct busy *busy)
{
	__atomic_store_n(&busy->watched, 1, __ATOMIC_RELAXED);
}

uint64_t busy_end(struct busy *busy, struct longest *longest)
{
	uint64_t ops = 0;

	__atomic_store_n(&busy->over, 1, __ATOMIC_RELAXED);
	for (uint64_t i = 0; i < busy->count; i++) {
		struct thread *thread = &busy->threads[i];

		pthread_join(thread->id, NULL);
		longest_keep(&longest->alloc_ns, thread->longest.alloc_ns);
		longest_keep(&longest->free_ns, thread->longest.free_ns);
		ops += thread->ops;
	}
	resident_free_table(busy, 1, size_of(busy->count));
	return ops;
}
