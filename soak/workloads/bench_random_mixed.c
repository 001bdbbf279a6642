/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mixed, the scorecard's workload: one thread and a table of WS slots. Each iteration picks a slot
 * at random and frees what it holds, or, if it is empty, allocates 16 to 1024 bytes into it. One
 * iteration is one op.
 */
#include "soak/workloads/workload.h"

#define MIN_SIZE 16
#define MAX_SIZE 1024

static struct workload_arg args[] = {
	WORKLOAD_ITERS,
	{"WS", "slots in the table; about half of them are in use", 400, 1, UINT32_MAX},
	WORKLOAD_SEED,
};

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
			*slot = workload_alloc(
				MIN_SIZE + workload_high(random, MAX_SIZE - MIN_SIZE + 1));
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
		"Random frees and allocations of 16 to 1024 bytes in WS slots, one thread.", args,
		3);
	left = args[0].value;
	ws = args[1].value;
	state = workload_seed(args[2].value);
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
