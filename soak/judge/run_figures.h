/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run in a few figures, for scorecards, summaries and comparisons. */
#ifndef SOAK_RUN_FIGURES_H
#define SOAK_RUN_FIGURES_H

#include "soak/judge/judge.h"
#include "soak/record/run_reader.h"

/* A series in the steady window; in the whole run if there is none. */
struct run_window {
	double gain, mean, max; /* gain: from the first reading to the last; NaN without readings */
	double seconds;         /* between those two */
};

/* `values`: of run_series() or run_sum(); NULL: not measured, all NaN. */
struct run_window run_window(
	struct run *run, const double *values, const struct judgement *judgement);

/* All but rss_peak_bytes are of the same window. NaN: not measured. */
struct run_figures {
	bool steady;                     /* there is a steady window */
	double seconds;                  /* spanned by the counts of ops */
	double ops, faults, churn_calls; /* counts; faults minor and major, all seven churn calls */
	double ops_per_s, faults_per_s;
	double rss_mean_bytes, rss_high_bytes;
	double memory_mean_bytes; /* SERIES_MEMORY */
	double uncounted_calls;   /* by programs that counted none of their ops */
	double rss_peak_bytes;    /* of the whole run: the highest sample, or process, if higher */
};

/* The highest RSS that any one process had, bytes; 0: not known. */
double run_peak_of_process(struct run *run);

struct run_figures run_figures(struct run *run, const struct judgement *judgement);

#endif
