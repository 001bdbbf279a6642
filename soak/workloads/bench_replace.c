/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replace: WS live blocks of 16 to 1024 bytes; each iteration frees one, picked at random, and
 * allocates another in its place. Two ops. Slots and sizes are drawn in advance, and the loop has
 * no branch that depends on them: what is left is the allocator.
 */
#include "soak/workloads/workload.h"

#define MIN_SIZE 16
#define MAX_SIZE 1024
#define DRAWS (4 * WORKLOAD_BLOCK) /* used over and over; 128 KiB */

static struct workload_arg args[] = {
	WORKLOAD_ITERS,
	{"WS", "live blocks", 400, 1, UINT32_MAX},
	WORKLOAD_SEED,
};

struct draw {
	uint32_t slot, size;
};

static void draw_all(struct draw *draws, uint64_t ws, uint64_t state)
{
	for (int i = 0; i < DRAWS; i++) {
		uint64_t random = workload_random(&state);

		draws[i].slot = (uint32_t)workload_low(random, ws);
		draws[i].size =
			(uint32_t)(MIN_SIZE + workload_high(random, MAX_SIZE - MIN_SIZE + 1));
	}
}

static void fill(void **slots, uint64_t ws, const struct draw *draws)
{
	for (uint64_t i = 0; i < ws; i++)
		slots[i] = workload_alloc(draws[i % DRAWS].size);
	soakops_count_alloc(ws);
}

static void run_block(void **slots, const struct draw *draws, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		void **slot = &slots[draws[i].slot];

		free(*slot);
		*slot = workload_alloc(draws[i].size);
	}
}

int main(int argc, char **argv)
{
	uint64_t left, ws, start_ns, elapsed_ns, n, done = 0;
	struct draw *draws;
	void **slots;

	workload_begin(argc, argv,
		"Keeps WS blocks of 16 to 1024 bytes, and replaces one at random, one thread.",
		args, 3);
	left = args[0].value;
	ws = args[1].value;
	slots = workload_array(ws, sizeof(*slots));
	draws = workload_array(DRAWS, sizeof(*draws));
	draw_all(draws, ws, workload_seed(args[2].value));
	fill(slots, ws, draws);
	start_ns = workload_now_ns();
	while ((n = workload_block(&left)) > 0) {
		run_block(slots, draws + done % DRAWS, n); /* done is a multiple of the block */
		soakops_count_alloc(n);
		soakops_count_free(n);
		done += n;
	}
	elapsed_ns = workload_now_ns() - start_ns;
	workload_free_slots(slots, ws);
	free(draws);
	return workload_end(done, ws, 2 * done, elapsed_ns);
}
