/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long single calls take. Each of THREADS threads replaces small blocks, as busy programs do,
 * and lets a pile of PILE bytes grow beside them, all of which it frees each PERIOD ms, in the
 * order of its allocation: that is when an allocator gives memory back, and who else needs its
 * locks has to wait. Each call is timed, by the clock, so whoever had the processor meanwhile is
 * in it. Prints percentiles of all threads together, from the end of the first period on; those
 * are exact to 3 %, and the longest are exact. One iteration is one period.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>

#include "soak/workloads/resident.h"
#include "soak/workloads/workload.h"

#define BURST 256
#define PILE_EACH 4 /* one block in so many goes onto the pile, while there is room */

/* 32 buckets to each doubling, and below 64 ns one for each. */
#define BUCKETS (60 * 32)

enum { ITERS, WS, SEED, THREADS, PILE, PERIOD, MIN, MAX, ARGS };

static struct workload_arg args[ARGS] = {
	{"ITERS", "periods; 0: until SIGINT or SIGTERM", 5, 0, UINT64_MAX},
	{"WS", "blocks of each thread that are replaced", 400, 1, UINT32_MAX},
	WORKLOAD_SEED,
	{"THREADS", "that all do the same", 2, 1, 1024},
	{"PILE", "bytes of each thread, freed at once", 32000000, 0, UINT64_MAX / 16},
	{"PERIOD", "milliseconds from one drain to the next", 1000, 1, 86400000},
	{"MIN", "bytes of a block, at least", 16, sizeof(uint64_t), UINT32_MAX},
	{"MAX", "bytes of a block, at most", 1024, sizeof(uint64_t), UINT32_MAX},
};

struct latencies {
	uint64_t calls, longest_ns, buckets[BUCKETS];
};

struct thread {
	void **slots, **pile;
	uint64_t state, pile_bytes, pile_count, ops, done;
	struct latencies alloc, free;
	pthread_t id;
};

/* ---- latencies ------------------------------------------------------------------------------- */

static unsigned bucket_of(uint64_t ns)
{
	unsigned shift = ns < 64 ? 0 : 58 - (unsigned)__builtin_clzll(ns);

	return shift * 32 + (unsigned)(ns >> shift);
}

static uint64_t longest_of(unsigned bucket)
{
	unsigned shift = bucket < 64 ? 0 : bucket / 32 - 1;

	return ((bucket - shift * 32 + 1ull) << shift) - 1;
}

static void note(struct latencies *latencies, uint64_t ns)
{
	latencies->calls++;
	latencies->buckets[bucket_of(ns)]++;
	if (ns > latencies->longest_ns)
		latencies->longest_ns = ns;
}

static void add(struct latencies *sum, const struct latencies *other)
{
	sum->calls += other->calls;
	for (unsigned i = 0; i < BUCKETS; i++)
		sum->buckets[i] += other->buckets[i];
	if (other->longest_ns > sum->longest_ns)
		sum->longest_ns = other->longest_ns;
}

/* All but one call in `of` take no longer. */
static uint64_t all_but_one_in(const struct latencies *latencies, uint64_t of)
{
	uint64_t seen = 0, wanted = latencies->calls - latencies->calls / of;
	unsigned i = 0;

	while (i < BUCKETS - 1 && (seen += latencies->buckets[i]) < wanted)
		i++;
	return longest_of(i) < latencies->longest_ns ? longest_of(i) : latencies->longest_ns;
}

static void say(const char *call, const struct latencies *latencies)
{
	printf("%s: p50 = %" PRIu64 " ns, p99 = %" PRIu64 " ns, p99.9 = %" PRIu64
	       " ns, p99.99 = %" PRIu64 " ns, longest = %" PRIu64 " ns [calls=%" PRIu64 "]\n",
		call, all_but_one_in(latencies, 2), all_but_one_in(latencies, 100),
		all_but_one_in(latencies, 1000), all_but_one_in(latencies, 10000),
		latencies->longest_ns, latencies->calls);
}

/* ---- the load -------------------------------------------------------------------------------- */

static void *alloc_timed(struct thread *thread, uint64_t size)
{
	uint64_t begin_ns = workload_now_ns();
	void *block = workload_alloc(size);

	note(&thread->alloc, workload_now_ns() - begin_ns);
	return block;
}

static void free_timed(struct thread *thread, void *block)
{
	uint64_t begin_ns = workload_now_ns();

	free(block);
	note(&thread->free, workload_now_ns() - begin_ns);
}

static uint64_t random_size(uint64_t random)
{
	uint64_t min = args[MIN].value;

	return min + workload_high(random, args[MAX].value - min + 1);
}

static void replace(struct thread *thread)
{
	uint64_t piled = thread->pile_count;

	for (unsigned i = 0; i < BURST; i++) {
		uint64_t random = workload_random(&thread->state), size = random_size(random);
		void **slot = &thread->slots[workload_low(random, args[WS].value)];

		free_timed(thread, *slot);
		*slot = alloc_timed(thread, size);
		if (i % PILE_EACH == 0 && thread->pile_bytes + size <= args[PILE].value) {
			thread->pile[thread->pile_count++] = alloc_timed(thread, size);
			thread->pile_bytes += size;
		}
	}
	piled = thread->pile_count - piled;
	soakops_count_alloc(BURST + piled);
	soakops_count_free(BURST);
	thread->ops += 2 * BURST + piled;
}

static void drain(struct thread *thread)
{
	for (uint64_t i = 0; i < thread->pile_count; i++)
		free_timed(thread, thread->pile[i]);
	soakops_count_free(thread->pile_count);
	thread->ops += thread->pile_count;
	thread->pile_count = thread->pile_bytes = 0;
}

static void *live(void *context)
{
	struct thread *thread = context;
	uint64_t left = args[ITERS].value, period_ns = args[PERIOD].value * 1000000;
	uint64_t next_ns = workload_now_ns() + period_ns;

	for (uint64_t i = 0; i < args[WS].value; i++)
		thread->slots[i] = workload_alloc(args[MIN].value);
	soakops_count_alloc(args[WS].value);
	for (; workload_take(&left, 1); thread->done++, next_ns += period_ns) {
		if (thread->done == 1) { /* the first period was for learning */
			thread->alloc = (struct latencies){0};
			thread->free = (struct latencies){0};
		}
		while (workload_now_ns() < next_ns && !workload_stopped)
			replace(thread);
		drain(thread);
	}
	for (uint64_t i = 0; i < args[WS].value; i++)
		free(thread->slots[i]);
	soakops_count_free(args[WS].value);
	thread->ops += 2 * args[WS].value;
	return NULL;
}

static void begin(struct thread *thread, uint64_t seed, uint64_t pile_most)
{
	thread->state = workload_seed(seed);
	thread->slots = resident_table(args[WS].value, sizeof(void *));
	thread->pile = resident_table(pile_most, sizeof(void *));
	if (pthread_create(&thread->id, NULL, live, thread))
		workload_fail("cannot create a thread");
}

static void end(struct thread *thread, uint64_t pile_most)
{
	pthread_join(thread->id, NULL);
	resident_free_table(thread->slots, args[WS].value, sizeof(void *));
	resident_free_table(thread->pile, pile_most, sizeof(void *));
}

int main(int argc, char **argv)
{
	uint64_t threads, pile_most, start_ns, elapsed_ns, ops = 0, done = 0;
	struct latencies allocs = {0}, frees = {0};
	struct thread *all;

	workload_begin(
		argc, argv, "How long single calls take, beside drains each PERIOD.", args, ARGS);
	workload_check_range(&args[MIN], &args[MAX]);
	threads = args[THREADS].value;
	pile_most = args[PILE].value / args[MIN].value + 1;
	all = resident_table(threads, sizeof(*all));
	start_ns = workload_now_ns();
	for (uint64_t i = 0; i < threads; i++)
		begin(&all[i], args[SEED].value + i, pile_most);
	for (uint64_t i = 0; i < threads; i++) {
		end(&all[i], pile_most);
		add(&allocs, &all[i].alloc);
		add(&frees, &all[i].free);
		ops += all[i].ops;
		done += all[i].done;
	}
	elapsed_ns = workload_now_ns() - start_ns;
	resident_free_table(all, threads, sizeof(*all));
	say("malloc", &allocs);
	say("free", &frees);
	return workload_end(done, args[WS].value, ops, elapsed_ns);
}
