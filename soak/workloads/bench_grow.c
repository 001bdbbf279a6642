/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Arrays that grow: each begins with MIN bytes, is reallocated to 1.5 to 2 times its size until it
 * has MAX, is freed, and begins again. ARRAYS are alive at once; which of them is next is random.
 * What is new of an array is written, a word a page. One iteration is one op.
 */
#include "soak/workloads/workload.h"

enum { ITERS, ARRAYS, SEED, MIN, MAX, ARGS };

static struct workload_arg args[ARGS] = {
	{"ITERS", "iterations; 0: until SIGINT or SIGTERM", 5000, 0, UINT64_MAX},
	{"ARRAYS", "arrays", 8, 1, UINT32_MAX},
	WORKLOAD_SEED,
	{"MIN", "bytes of a new array", 64, sizeof(uint64_t), UINT32_MAX},
	{"MAX", "bytes of a grown array", 8000000, sizeof(uint64_t), UINT32_MAX},
};

static void **arrays;
static uint64_t *sizes;

static void grow(uint64_t which, uint64_t random)
{
	uint64_t old = sizes[which], size = old + old / 2 + workload_high(random, old / 2 + 1);
	void *grown;

	size = size < args[MAX].value ? size : args[MAX].value;
	grown = realloc(arrays[which], size);
	if (!grown)
		workload_fail("out of memory");
	workload_touch(grown, old, size);
	arrays[which] = grown;
	sizes[which] = size;
	soakops_count_realloc(1);
}

static void step(uint64_t random)
{
	uint64_t which = workload_low(random, args[ARRAYS].value);

	if (!arrays[which]) {
		sizes[which] = args[MIN].value;
		arrays[which] = workload_alloc(sizes[which]);
		soakops_count_alloc(1);
	} else if (sizes[which] < args[MAX].value) {
		grow(which, random);
	} else {
		free(arrays[which]);
		arrays[which] = NULL;
		soakops_count_free(1);
	}
}

int main(int argc, char **argv)
{
	uint64_t left, state, start_ns, elapsed_ns, done = 0;

	workload_begin(argc, argv, "Arrays that grow by realloc, again and again.", args, ARGS);
	workload_check_range(&args[MIN], &args[MAX]);
	left = args[ITERS].value;
	state = workload_seed(args[SEED].value);
	arrays = workload_array(args[ARRAYS].value, sizeof(*arrays));
	sizes = workload_array(args[ARRAYS].value, sizeof(*sizes));
	start_ns = workload_now_ns();
	for (; workload_take(&left, 1); done++)
		step(workload_random(&state));
	elapsed_ns = workload_now_ns() - start_ns;
	workload_free_slots(arrays, args[ARRAYS].value);
	free(sizes);
	return workload_end(done, args[ARRAYS].value, done, elapsed_ns);
}
