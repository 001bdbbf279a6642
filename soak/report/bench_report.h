/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The published benchmark's result, as a table for people or as one JSON object. */
#ifndef SOAK_BENCH_REPORT_H
#define SOAK_BENCH_REPORT_H

#include <stddef.h>
#include <stdio.h>

#include "soak/stats/paired.h"
#include "soak/stats/summary.h"

struct bench_run {
	double mops;                  /* M ops/s, as the workload prints it */
	double steal_pct, others_pct; /* of one CPU; NaN: not told */
};

struct bench_row {
	const char *name, *path, *version;
	const struct bench_run *runs; /* in order of rounds */
	struct summary mops;
	struct paired ratio; /* to the baseline; n 0: there is none */
	double instructions; /* per op; NaN: not counted */
};

struct bench_report {
	const char *command, *profile; /* what was run, and HAKMEM_PROFILE */
	const struct bench_row *rows;
	size_t rows_count, rounds;
	long cpus;
	int baseline, milestones_of;  /* indices of rows; -1: not among them */
	double steal_pct, others_pct; /* of one CPU, mean of all runs */
};

void bench_print(FILE *out, const struct bench_report *report);

/* Returns 0 or -ENOMEM. */
int bench_json(FILE *out, const struct bench_report *report);

#endif
