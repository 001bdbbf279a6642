/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two sets of runs, figure by figure, and what is decided from their speeds. Pure: figures in,
 * comparison out.
 *
 * A is the old state, B the change. Run i of A and run i of B are a pair. Speed and memory are
 * compared by paired_ratio(). Events per op, which may be 0, are compared by rate_ratio() with each
 * run as a block; that ignores pairs and needs two runs of each side.
 *
 * In a run with programs that counted none of their ops, the speed is a lower bound and events per
 * op are an upper bound. These are not compared; a decision stands only if more ops would not
 * change it.
 */
#ifndef SOAK_COMPARISON_H
#define SOAK_COMPARISON_H

#include <stdbool.h>

#include "soak/judge/decision.h"
#include "soak/judge/run_figures.h"

enum compared {
	COMPARED_SPEED,
	COMPARED_RSS_MEAN,
	COMPARED_RSS_PEAK,
	COMPARED_FAULTS,
	COMPARED_CHURN,
	COMPARED_COUNT
};

struct compared_row {
	double a, b;             /* geometric means; for events: all events per all ops */
	double ratio, low, high; /* B / A; NaN: unknown */
};

struct comparison {
	size_t pairs;
	struct compared_row rows[COMPARED_COUNT];
	enum decision decision; /* by speed alone */
	size_t further_pairs;   /* see decide() */
	struct text reason;     /* one sentence */
	struct text advice;     /* what to do; empty when there is nothing to do */
};

const char *compared_name(enum compared figure); /* "speed" */
const char *compared_unit(enum compared figure); /* "ops/s" */

/* One run's value; NaN if it was not measured. */
double compared_value(enum compared figure, const struct run_figures *run);

/* Returns 0 or -ENOMEM. n >= 1. comparison_release() is due after 0. */
int comparison_of(const struct run_figures *a, const struct run_figures *b, size_t n,
	double band_pct, double confidence, struct comparison *ret_comparison);

void comparison_release(struct comparison *comparison);

/* Makes the comparison INCONCLUSIVE for this reason, whatever the speeds are. */
void comparison_void(struct comparison *comparison, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
