/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The published benchmark: one workload under several allocators, interleaved. */
#ifndef SOAK_BENCH_H
#define SOAK_BENCH_H

#include <stdbool.h>

#include "soak/engines/builtin.h"
#include "soak/report/bench_report.h"
#include "soak/run/allocator.h"

#define BENCH_ALLOCATORS_MAX 16
#define BENCH_WORKLOAD "mixed"

/* What an allocator's runs are started with. */
struct bench_variant {
	const char *name;
	struct allocator allocator;
	char preload[PATH_MAX + 16];
	const char *environment[6];
	struct bench_run *runs;
	double instructions;
};

struct bench {
	/* To be set by the caller. */
	const char *allocators, *profile, *workload;
	const char *numbers[3]; /* ITERS, WS, SEED; NULL: the workload's own */
	unsigned int runs;
	bool instructions;
	void (*progress)(const char *what, size_t number, const char *allocator);

	struct text error; /* one line, after a failure */

	const char *user;
	struct builtin builtin;
	char valgrind[PATH_MAX], *list;
	struct text setting, command;
	struct bench_variant variants[BENCH_ALLOCATORS_MAX];
	struct bench_row rows[BENCH_ALLOCATORS_MAX];
	size_t n;
};

/*
 * Takes LD_PRELOAD out of the environment, and measures. Returns 0 with a report that points into
 * `bench`, -ENOMEM, or another negative errno with
 * bench->error set.
 */
int bench_run(struct bench *bench, struct bench_report *ret_report);
void bench_release(struct bench *bench);

#endif
