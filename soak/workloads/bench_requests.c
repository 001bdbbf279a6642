/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A server of large requests: each takes BYTES in pieces of MIN to MAX bytes, log-uniform, writes
 * to each page of them, and frees them all. One iteration is one request.
 */
#include "soak/workloads/resident.h"
#include "soak/workloads/workload.h"

#include <math.h>

enum { ITERS, BYTES, SEED, MIN, MAX, ARGS };

static struct workload_arg args[ARGS] = {
	{"ITERS", "requests; 0: until SIGINT or SIGTERM", 1000, 0, UINT64_MAX},
	{"BYTES", "of one request, at least", 8000000, 1, UINT64_MAX / 16},
	WORKLOAD_SEED,
	{"MIN", "bytes of a piece, at least", 1024, sizeof(uint64_t), UINT32_MAX},
	{"MAX", "bytes of a piece, at most", 1048576, sizeof(uint64_t), UINT32_MAX},
};

static uint64_t random_size(uint64_t *state)
{
	double min = (double)args[MIN].value, max = (double)args[MAX].value;
	double part = (double)(workload_random(state) >> 11) * 0x1p-53;

	return (uint64_t)(min * exp(part * log(max / min)));
}

/* Returns the number of pieces. */
static uint64_t serve(void **pieces, uint64_t *state)
{
	uint64_t count = 0;

	for (uint64_t bytes = 0; bytes < args[BYTES].value;) {
		uint64_t size = random_size(state);

		pieces[count] = workload_alloc(size);
		workload_touch(pieces[count++], 4096, size);
		bytes += size;
	}
	for (uint64_t i = 0; i < count; i++)
		free(pieces[i]);
	soakops_count_alloc(count);
	soakops_count_free(count);
	return count;
}

int main(int argc, char **argv)
{
	uint64_t left, most, state, start_ns, elapsed_ns, pieces_taken = 0, done = 0;
	void **pieces;

	workload_begin(
		argc, argv, "Requests that take BYTES in pieces and free them all.", args, ARGS);
	workload_check_range(&args[MIN], &args[MAX]);
	left = args[ITERS].value;
	most = args[BYTES].value / args[MIN].value + 1;
	state = workload_seed(args[SEED].value);
	pieces = resident_table(most, sizeof(*pieces));
	start_ns = workload_now_ns();
	for (; workload_take(&left, 1); done++)
		pieces_taken += serve(pieces, &state);
	elapsed_ns = workload_now_ns() - start_ns;
	return workload_end(done, 0, 2 * pieces_taken, elapsed_ns);
}
