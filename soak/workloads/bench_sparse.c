/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Large blocks of which next to nothing is used: COUNT blocks of SIZE bytes, one byte written in
 * each, all of them freed, then SECONDS without a call of the allocator. What is resident then is
 * printed, and what was at most. One iteration is one block, two ops.
 */
#include "soak/workloads/resident.h"
#include "soak/workloads/workload.h"

static struct workload_arg args[] = {
	{"COUNT", "blocks", 20000, 1, 1 << 30},
	{"SIZE", "of one block", 262144, 1, UINT32_MAX},
	{"SECONDS", "between the last free and the look at RSS", 2, 0, 86400},
};

static uint64_t fill(char **blocks, uint64_t count, size_t size)
{
	uint64_t left = count, done = 0, n;

	while ((n = workload_block(&left)) > 0) {
		for (uint64_t i = done; i < done + n; i++) {
			blocks[i] = malloc(size);
			if (!blocks[i])
				workload_fail("out of memory");
			*(volatile char *)blocks[i] = 1;
		}
		soakops_count_alloc(n);
		done += n;
	}
	return done;
}

static void release(char **blocks, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		free(blocks[i]);
	soakops_count_free(count);
}

int main(int argc, char **argv)
{
	uint64_t start_ns, elapsed_ns, count, done;
	char **blocks;

	workload_begin(argc, argv,
		"COUNT large blocks, one byte of each written; frees them, waits, prints RSS.",
		args, 3);
	count = args[0].value;
	blocks = resident_table(count, sizeof(*blocks));
	start_ns = workload_now_ns();
	done = fill(blocks, count, args[1].value);
	release(blocks, done);
	elapsed_ns = workload_now_ns() - start_ns;
	resident_free_table(blocks, count, sizeof(*blocks));
	resident_after(args[2].value);
	return workload_end(done, done, 2 * done, elapsed_ns);
}
