/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mixed over a wide range of sizes: 16 bytes to 64 KiB, log-uniform, so that each doubling is met
 * equally often and the large blocks, rare among the calls, are most of the memory. One iteration
 * is one op.
 */
#include "soak/workloads/workload.h"

#define MIN_SIZE 16
#define SIZES 4096
#define STEP 1.0020332648143306 /* 4096^(1/4095): 16 bytes to 64 KiB in SIZES - 1 steps */

static struct workload_arg args[] = {
	WORKLOAD_ITERS,
	{"WS", "slots in the table; about half of them are in use", 400, 1, UINT32_MAX},
	WORKLOAD_SEED,
};

static uint32_t sizes[SIZES];

static void draw_up_sizes(void)
{
	double size = MIN_SIZE;

	for (int i = 0; i < SIZES; i++) {
		sizes[i] = (uint32_t)(size + 0.5);
		size *= STEP;
	}
}

/* Returns how many of the n iterations allocated. */
static uint64_t run_block(void **slots, uint64_t ws, uint64_t n, uint64_t *state)
{
	uint64_t allocs = 0;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t random = workload_random(state);
		void **slot = &slots[workload_low(random, ws)];

		if (*slot) {
			free(*slot);
			*slot = NULL;
		} else {
			*slot = workload_alloc(sizes[workload_high(random, SIZES)]);
			allocs++;
		}
	}
	return allocs;
}

int main(int argc, char **argv)
{
	uint64_t left, ws, state, start_ns, elapsed_ns, n, done = 0;
	void **slots;

	workload_begin(argc, argv,
		"Random frees and allocations of 16 bytes to 64 KiB, log-uniform, one thread.",
		args, 3);
	left = args[0].value;
	ws = args[1].value;
	state = workload_seed(args[2].value);
	draw_up_sizes();
	slots = workload_array(ws, sizeof(*slots));
	start_ns = workload_now_ns();
	while ((n = workload_block(&left)) > 0) {
		uint64_t allocs = run_block(slots, ws, n, &state);

		soakops_count_alloc(allocs);
		soakops_count_free(n - allocs);
		done += n;
	}
	elapsed_ns = workload_now_ns() - start_ns;
	workload_free_slots(slots, ws);
	return workload_end(done, ws, done, elapsed_ns);
}
