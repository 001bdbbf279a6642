/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A live set that swings: in each cycle of PERIOD ms it grows to BYTES and shrinks to nothing,
 * evenly, by the clock. Blocks are freed in random order. After the last cycle come IDLE seconds of
 * light use, and what is resident then is printed. One iteration is one cycle. The calls depend on
 * SEED alone: a cycle that cannot keep up with the clock makes the same calls, late.
 */
#include <inttypes.h>
#include <stdio.h>

#include "soak/workloads/longest.h"
#include "soak/workloads/resident.h"

#define STEPS_MAX 200

enum { ITERS, BYTES, SEED, PERIOD, IDLE, MIN, MAX, ARGS };

static struct workload_arg args[ARGS] = {
	{"ITERS", "cycles; 0: until SIGINT or SIGTERM", 10, 0, UINT64_MAX},
	{"BYTES", "live at the top of a wave", 64000000, 1, UINT64_MAX / 16},
	WORKLOAD_SEED,
	{"PERIOD", "milliseconds of a cycle; 0: as fast as it goes", 100, 0, 86400000},
	{"IDLE", "seconds of light use after the last cycle", 0, 0, 86400},
	{"MIN", "bytes of a block, at least", 16, sizeof(uint64_t), UINT32_MAX},
	{"MAX", "bytes of a block, at most", 1024, sizeof(uint64_t), UINT32_MAX},
};

struct sea {
	uint64_t **blocks; /* each begins with its size */
	uint64_t count, bytes, state, ops, late;
};

static void rise_to(struct sea *sea, uint64_t bytes)
{
	uint64_t min = args[MIN].value, span = args[MAX].value - min + 1;

	for (; sea->bytes < bytes; sea->ops++) {
		uint64_t size = min + workload_high(workload_random(&sea->state), span);
		uint64_t *block = workload_alloc(size);

		workload_touch(block, 4096, size);
		soakops_count_alloc(1);
		sea->blocks[sea->count++] = block;
		sea->bytes += size;
	}
}

static void fall_to(struct sea *sea, uint64_t bytes)
{
	for (; sea->bytes > bytes; sea->ops++) {
		uint64_t which = workload_random(&sea->state) % sea->count;
		uint64_t *block = sea->blocks[which];

		sea->bytes -= *block;
		sea->blocks[which] = sea->blocks[--sea->count];
		free(block);
		soakops_count_free(1);
	}
}

/* Steps of half a millisecond and more, half of them up and half of them down. */
static uint64_t steps_of(uint64_t period_ms)
{
	return 2 * period_ms > STEPS_MAX ? STEPS_MAX : period_ms ? 2 * period_ms : 2;
}

static void swing(struct sea *sea)
{
	uint64_t top = args[BYTES].value, period_ns = args[PERIOD].value * 1000000;
	uint64_t start_ns = workload_now_ns(), steps = steps_of(args[PERIOD].value);

	for (uint64_t step = 1; step <= steps && !workload_stopped; step++) {
		if (step <= steps / 2)
			rise_to(sea, (uint64_t)((double)top * (double)step / (double)(steps / 2)));
		else
			fall_to(sea, (uint64_t)((double)top * (double)(steps - step) /
						(double)(steps / 2)));
		if (step == steps)
			sea->late += period_ns && workload_now_ns() > start_ns + period_ns;
		if (period_ns)
			workload_wait_until(start_ns + period_ns * step / steps);
	}
}

int main(int argc, char **argv)
{
	uint64_t left, most, start_ns, elapsed_ns, done = 0;
	struct longest longest = {0};
	struct sea sea = {0};

	workload_begin(argc, argv, "A live set that swings between nothing and BYTES.", args, ARGS);
	workload_check_range(&args[MIN], &args[MAX]);
	left = args[ITERS].value;
	most = args[BYTES].value / args[MIN].value + 1;
	sea.state = workload_seed(args[SEED].value);
	sea.blocks = resident_table(most, sizeof(*sea.blocks));
	start_ns = workload_now_ns();
	for (; workload_take(&left, 1); done++)
		swing(&sea);
	fall_to(&sea, 0);
	elapsed_ns = workload_now_ns() - start_ns;
	resident_free_table(sea.blocks, most, sizeof(*sea.blocks));
	if (sea.late)
		printf("Late: %" PRIu64 " of %" PRIu64 " cycles took longer than PERIOD\n",
			sea.late, done);
	if (args[IDLE].value) {
		start_ns = workload_now_ns();
		sea.ops += 2 * workload_light_use(1000 * args[IDLE].value, &sea.state, &longest);
		resident_say(start_ns);
	}
	return workload_end(done, 0, sea.ops, elapsed_ns);
}
