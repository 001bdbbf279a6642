/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What grew, mapping by mapping, between two moments of a run. */
#ifndef SOAK_REPORT_GROWTH_H
#define SOAK_REPORT_GROWTH_H

#include <stdbool.h>
#include <stdio.h>

#include "soak/judge/judge.h"
#include "soak/record/run_reader.h"

struct growth_options {
	struct judge_window window;
	int top;           /* rows; 0: all */
	double confidence; /* of the interval of growth per hour */
};

/* Bytes that are resident or swapped out. Mappings of one process, kind and name are one part. */
struct growth_part {
	long long pid;
	char *program, *kind, *name; /* program: NULL for several processes */
	double from, to;         /* bytes at the first and last reading; their difference grew */
	double mappings;         /* at the last reading */
	double per_h, low, high; /* bytes per hour, and its interval; NAN: too few readings */
};

/* Parts, those that changed most first. Their sums are those of the whole. */
struct growth {
	double from_s, to_s; /* of the readings that are compared */
	size_t readings;
	struct growth_part *parts;
	size_t count;
	struct growth_part sum;
	double counted; /* what the kernel's counters of memory grew by meanwhile; NAN: not known */
};

/*
 * Compares the first and the last reading in a window of a run. Returns 0, -ENOENT if the run has
 * no mappings, -ENODATA if fewer than two readings lie there, -ENOMEM or -EIO. After 0 the caller
 * calls growth_release().
 */
int growth_measure(
	struct run *run, const struct growth_options *options, struct growth *ret_growth);
void growth_release(struct growth *growth);

/* Did this part grow by so much, and by so much of all growth, that it is worth a sentence? */
bool growth_is_notable(const struct growth *growth, size_t part);

/* "heap of redis-server (process 123)", for a sentence or a table. */
void growth_print_part(FILE *out, const struct growth_part *part);

void growth_print(FILE *out, struct run *run, const struct growth *growth,
	const struct growth_options *options);
int growth_json(FILE *out, const struct growth *growth, const struct growth_options *options);

#endif
