/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two sets of runs, figure by figure, and what is decided from their speeds. Pure: figures in,
 * comparison out.
 *
 * A is what there was, B the change. Run i of A and run i of B are a pair. Speed and memory are
 * compared by paired_ratio(); events per op, which may well be none at all, by rate_ratio() with
 * each run as a block, which knows no pairs and wants two runs of each.
 *
 * In a run with programs that counted none of their ops, the speed is a lower bound and events per
 * op an upper one. These are not compared; a decision stands only if more ops would not change it.
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
	double a, b;             /* geometric means; of events all of them per all ops */
	double ratio, low, high; /* B over A; NaN: not known */
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

/* The speeds prove nothing, for this reason, whatever they are. */
void comparison_void(struct comparison *comparison, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
