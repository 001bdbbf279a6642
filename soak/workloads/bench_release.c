/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an allocator keeps: BYTES in blocks of SIZE are allocated and written, all of them are
 * freed, and for SECONDS the program does not call its allocator at all. What is resident then is
 * printed, by the kernel's exact account of it. One block more, the last to be allocated, lives on
 * until after that, as one always does in real programs: an allocator that can only cut off the end
 * of its heap is not lucky here. One iteration is one block, two ops.
 */
#include "soak/workloads/resident.h"
#include "soak/workloads/workload.h"

#include <string.h>

static struct workload_arg args[] = {
	{"BYTES", "in blocks, in all", 110000000, 1, UINT64_MAX / 4},
	{"SIZE", "of one block", 256, sizeof(uint64_t), UINT32_MAX},
	{"SECONDS", "between the last free and the look at RSS", 3, 0, 86400},
	{"SHUFFLED", "1: freed in random order; 0: in the order of their allocation", 0, 0, 1},
};

static uint64_t fill(void **blocks, uint64_t count, size_t size)
{
	uint64_t left = count, done = 0, n;

	while ((n = workload_block(&left)) > 0) {
		for (uint64_t i = done; i < done + n; i++) {
			blocks[i] = workload_alloc(size);
			memset(blocks[i], 0x5a, size);
		}
		soakops_count_alloc(n);
		done += n;
	}
	return done;
}

/* Fisher and Yates. */
static void shuffle(void **blocks, uint64_t count)
{
	uint64_t state = workload_seed(1);

	for (uint64_t i = count; i > 1; i--) {
		uint64_t other = workload_random(&state) % i;
		void *block = blocks[i - 1];

		blocks[i - 1] = blocks[other];
		blocks[other] = block;
	}
}

static void release(void **blocks, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		free(blocks[i]);
	soakops_count_free(count);
}

int main(int argc, char **argv)
{
	uint64_t start_ns, elapsed_ns, count, done;
	void **blocks, *survivor;

	workload_begin(argc, argv,
		"Fills BYTES with blocks, frees them all, waits, and says what is resident.", args,
		4);
	count = (args[0].value - 1) / args[1].value + 1;
	blocks = resident_table(count, sizeof(*blocks));
	start_ns = workload_now_ns();
	done = fill(blocks, count, args[1].value);
	survivor = workload_alloc(args[1].value);
	if (args[3].value)
		shuffle(blocks, done);
	release(blocks, done);
	elapsed_ns = workload_now_ns() - start_ns;
	resident_free_table(blocks, count, sizeof(*blocks));
	resident_after(args[2].value);
	free(survivor);
	soakops_count_alloc(1);
	soakops_count_free(1);
	return workload_end(done, done, 2 * done, elapsed_ns);
}
