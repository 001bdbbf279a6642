/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the built-in workloads share: arguments, random numbers, the end of the loop, and the last
 * line.
 *
 *	workload_begin(argc, argv, summary, args, count);
 *	uint64_t left = args[0].value, done = 0, n, start_ns = workload_now_ns();
 *	while ((n = workload_block(&left)) > 0) { n iterations; soakops_count_...(); done += n; }
 *	return workload_end(done, ws, ops, workload_now_ns() - start_ns);
 *
 * An op is one allocator call. Each thread publishes its ops in the ops page after each block, so
 * that the page is never far behind and is exact at the end, short last blocks included. SIGTERM
 * and SIGINT end the loop after the block under way: the workload then ends as it would have at its
 * last iteration, exit code 0. The clock runs over the loop alone: set-up and the freeing of what
 * is left are published, but not timed.
 *
 * Everything here may be called from any thread. Functions that cannot do their work say why and
 * exit: 2 for a wrong argument, 4 if memory or threads cannot be had.
 */
#ifndef SOAK_WORKLOAD_H
#define SOAK_WORKLOAD_H

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>

#include "collectors/ops/soakops.h"

/* Iterations between two publications: below 10 ms, and enough to hide what publishing costs. */
#define WORKLOAD_BLOCK 4096

struct workload_arg {
	const char *name;
	const char *help;
	uint64_t value; /* the default; workload_begin() puts what was given here */
	uint64_t min, max;
};

/* The first argument of every workload; 0 becomes UINT64_MAX. */
#define WORKLOAD_ITERS                                                                             \
	{                                                                                          \
		"ITERS", "iterations; 0: until SIGINT or SIGTERM", 20000000, 0, UINT64_MAX         \
	}
#define WORKLOAD_SEED                                                                              \
	{                                                                                          \
		"SEED", "of the random numbers; the same seed asks for the same blocks", 1, 0,     \
			UINT64_MAX                                                                 \
	}

/* Set by SIGTERM and SIGINT. */
extern volatile sig_atomic_t workload_stopped;

/*
 * Reads the arguments: numbers in the order of `args`, of which the last ones may be left out, and
 * NAME=NUMBER. Answers --help, takes a slot of the ops page and catches signals.
 */
void workload_begin(
	int argc, char **argv, const char *summary, struct workload_arg *args, int count);

/* End the program as a wrong argument does; the second unless min's value is at most max's. */
_Noreturn void workload_refuse(const struct workload_arg *arg, const char *why);
void workload_check_range(const struct workload_arg *min, const struct workload_arg *max);

/* Prints the last line. Returns the exit code. */
int workload_end(uint64_t iterations, uint64_t ws, uint64_t ops, uint64_t elapsed_ns);

uint64_t workload_now_ns(void);

/* Until the clock says so, or stopped. */
void workload_wait_until(uint64_t time_ns);

/*
 * Light use: a block of 16 to 1024 bytes is allocated and freed each millisecond, so many times or
 * until stopped. Published. Returns how many times. The longest calls go into *longest.
 */
struct longest;
uint64_t workload_light_use(uint64_t times, uint64_t *state, struct longest *longest);

_Noreturn void workload_fail(const char *what);

/* A state for workload_random(). Neighbouring seeds give unrelated sequences; none gives 0. */
uint64_t workload_seed(uint64_t seed);

/* Zeroed memory for the workload's own tables: not published. */
void *workload_array(uint64_t count, size_t size);

/* Frees what the slots hold, publishes that, and frees the array of slots. */
void workload_free_slots(void **slots, uint64_t ws);

/* So many iterations, taken off *left; fewer at the end, 0 when stopped. */
static inline uint64_t workload_take(uint64_t *left, uint64_t most)
{
	uint64_t n = *left < most ? *left : most;

	if (workload_stopped)
		return 0;
	*left -= n;
	return n;
}

static inline uint64_t workload_block(uint64_t *left)
{
	return workload_take(left, WORKLOAD_BLOCK);
}

/* xorshift64: three shifts, full period. Its two halves serve as two numbers. */
static inline uint64_t workload_random(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return *state = x;
}

/* A number below `bound`, at most 2^32, from one half; cheaper than a modulo. */
static inline uint64_t workload_low(uint64_t random, uint64_t bound)
{
	return (random & UINT32_MAX) * bound >> 32;
}

static inline uint64_t workload_high(uint64_t random, uint64_t bound)
{
	return (random >> 32) * bound >> 32;
}

/* malloc, with a write to the first bytes, as every program would. */
static inline void *workload_alloc(uint64_t size)
{
	uint64_t *block = malloc(size);

	if (__builtin_expect(!block, 0))
		workload_fail("out of memory");
	*block = size;
	return block;
}

/* Writes to each page of a block's bytes from..to. */
static inline void workload_touch(void *block, uint64_t from, uint64_t to)
{
	for (; from < to; from += 4096)
		((volatile char *)block)[from] = 1;
}

#endif
