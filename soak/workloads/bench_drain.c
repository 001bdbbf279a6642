/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an allocator keeps, and what giving back costs: BYTES in blocks of SIZE are allocated, all
 * or all but one in KEPT are freed, and SECONDS pass without a call of the allocator, or in light
 * use. What is resident before and after is printed, by the kernel's exact account, and how
 * long single calls took from the first free on. One block more, the last to be allocated, lives on
 * until after that, as one always does in real programs: an allocator that can only cut off the end
 * of its heap is not lucky here. One iteration is one such round.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "soak/workloads/busy.h"
#include "soak/workloads/resident.h"

enum { ITERS, BYTES, SEED, SIZE, SECONDS, SHUFFLED, KEPT, TOUCH, LIGHT, BUSY, ARGS };

static struct workload_arg args[ARGS] = {
	{"ITERS", "rounds; 0: until SIGINT or SIGTERM", 1, 0, UINT64_MAX},
	{"BYTES", "in blocks, in all", 110000000, 1, UINT64_MAX / 16},
	WORKLOAD_SEED,
	{"SIZE", "of one block; 0: of six in turn, three are of 512, two of 1024, one of 2048", 256,
		0, UINT32_MAX},
	{"SECONDS", "between the last free and the look at RSS", 3, 0, 86400},
	{"SHUFFLED", "1: freed in random order; 0: in the order of their allocation", 0, 0, 1},
	{"KEPT", "one block in so many, drawn at random, lives on; 0: none", 0, 0, UINT32_MAX},
	{"TOUCH", "1: writes to all of a block; 0: to its first word", 1, 0, 1},
	{"LIGHT", "1: light use in SECONDS; 0: not a call", 0, 0, 1},
	{"BUSY", "threads beside, that replace small blocks all the time", 0, 0, 1024},
};

static const uint16_t mix[] = {512, 1024, 512, 1024, 512, 2048};

#define MIX (sizeof(mix) / sizeof(*mix))
#define MIX_BYTES 5632

struct blocks {
	void **all;
	uint64_t wanted, count, state, ops;
};

static uint64_t size_of(uint64_t index)
{
	return args[SIZE].value ? args[SIZE].value : mix[index % MIX];
}

static uint64_t blocks_wanted(void)
{
	uint64_t bytes = args[BYTES].value;

	return args[SIZE].value ? (bytes - 1) / args[SIZE].value + 1
				: (bytes - 1) / MIX_BYTES * MIX + MIX;
}

static void fill(struct blocks *blocks)
{
	uint64_t left = blocks->wanted, n;

	while ((n = workload_block(&left)) > 0) {
		for (uint64_t end = blocks->count + n; blocks->count < end; blocks->count++) {
			uint64_t size = size_of(blocks->count);
			void *block = workload_alloc(size);

			if (args[TOUCH].value)
				memset(block, 0x5a, size);
			blocks->all[blocks->count] = block;
		}
		soakops_count_alloc(n);
		blocks->ops += n;
	}
}

/* Fisher and Yates. */
static void shuffle(struct blocks *blocks)
{
	for (uint64_t i = blocks->count; i > 1; i--) {
		uint64_t other = workload_random(&blocks->state) % i;
		void *block = blocks->all[i - 1];

		blocks->all[i - 1] = blocks->all[other];
		blocks->all[other] = block;
	}
}

/* What is kept moves to the front. */
static void drain(struct blocks *blocks, struct longest *longest)
{
	uint64_t kept = 0, in = args[KEPT].value;

	for (uint64_t i = 0; i < blocks->count; i++) {
		if (in && workload_low(workload_random(&blocks->state), in) == 0) {
			blocks->all[kept++] = blocks->all[i];
			continue;
		}
		longest_free(longest, blocks->all[i]);
		soakops_count_free(1);
		blocks->ops++;
	}
	blocks->count = kept;
}

static void wait(struct blocks *blocks, struct longest *longest)
{
	uint64_t start_ns = workload_now_ns(), end_ns = start_ns + args[SECONDS].value * 1000000000;

	if (args[LIGHT].value)
		blocks->ops +=
			2 * workload_light_use(1000 * args[SECONDS].value, &blocks->state, longest);
	workload_wait_until(end_ns);
	resident_say(start_ns);
}

static void release(struct blocks *blocks, void *survivor)
{
	free(survivor);
	soakops_count_alloc(1);
	soakops_count_free(1);
	blocks->ops += 2;
	for (uint64_t i = 0; i < blocks->count; i++) {
		free(blocks->all[i]);
		soakops_count_free(1);
		blocks->ops++;
	}
	resident_free_table(blocks->all, blocks->wanted, sizeof(*blocks->all));
}

static void print_longest(const char *call, uint64_t ns)
{
	if (ns)
		printf("Longest %s = %.1f us\n", call, (double)ns / 1e3);
}

/* Returns the ops. */
static uint64_t run_round(uint64_t *state)
{
	struct blocks blocks = {.wanted = blocks_wanted(), .state = *state};
	struct longest longest = {0};
	uint64_t table_kib;
	struct busy *busy;
	void *survivor;

	blocks.all = resident_table(blocks.wanted, sizeof(*blocks.all));
	busy = busy_begin(args[BUSY].value, args[SEED].value);
	fill(&blocks);
	survivor = workload_alloc(size_of(0));
	if (args[SHUFFLED].value)
		shuffle(&blocks);
	table_kib = blocks.count * sizeof(*blocks.all) / 1024;
	printf("RSS before = %" PRIu64 " KiB\n", resident_look().now_kib - table_kib);
	busy_watch(busy);
	drain(&blocks, &longest);
	resident_shrink_table(blocks.all, &blocks.wanted, blocks.count, sizeof(*blocks.all));
	wait(&blocks, &longest);
	blocks.ops += busy_end(busy, &longest);
	print_longest("malloc", longest.alloc_ns);
	print_longest("free", longest.free_ns);
	release(&blocks, survivor);
	*state = blocks.state;
	return blocks.ops;
}

int main(int argc, char **argv)
{
	uint64_t left, state, start_ns, elapsed_ns, ops = 0, done = 0;

	workload_begin(argc, argv,
		"Fills BYTES with blocks, frees them, waits, and says what is resident.", args,
		ARGS);
	if (args[SIZE].value && args[SIZE].value < sizeof(uint64_t))
		workload_refuse(&args[SIZE], "must be 0, or 8 and more");
	left = args[ITERS].value;
	state = workload_seed(args[SEED].value);
	start_ns = workload_now_ns();
	for (; workload_take(&left, 1); done++)
		ops += run_round(&state);
	elapsed_ns = workload_now_ns() - start_ns;
	return workload_end(done, blocks_wanted(), ops, elapsed_ns);
}
