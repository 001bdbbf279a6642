/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The data of a picture: series of a run, reduced to as many groups as the picture has pixels for.
 */
#ifndef SOAK_REPORT_FIGURE_H
#define SOAK_REPORT_FIGURE_H

#include <stdbool.h>
#include <stddef.h>

#include "soak/judge/judge.h"
#include "soak/record/run_reader.h"
#include "soak/record/series.h"
#include "soak/report/decimate.h"

/* What is drawn, of the catalogue of series. */
enum curve {
	CURVE_RSS,
	CURVE_LAZYFREE,
	CURVE_MEMORY,
	CURVE_OPS,
	CURVE_CPU,
	CURVE_FAULTS,
	CURVE_BUDGET,
	CURVE_CHURN,
	CURVE_IN_USE,
	CURVE_COMMITTED,
	CURVE_THREADS,
	CURVE_OPEN_FDS,
	CURVE_MAPPINGS,
	CURVE_COUNT
};

extern const enum series_id curve_series[CURVE_COUNT];

/* `run`, `judgement` and `t_s` are the caller's and outlive it. */
struct figure {
	struct run *run;
	const struct judgement *judgement;
	size_t n, stride, groups;
	const double *t_s;
	double end_s;
	double *curves[CURVE_COUNT]; /* NULL: not measured */
	struct group_span *spans;
	struct group_gauge *grouped[CURVE_COUNT]; /* NULL: not measured */
};

/*
 * Reduces a run to at most `limit` groups. Returns 0, -ENODATA without samples, -EIO for a file
 * that cannot be read, or -ENOMEM; after an error there is nothing to release.
 */
int figure_init(struct figure *f, struct run *run, const struct judgement *judgement, size_t limit);
void figure_release(struct figure *f);

bool figure_has_window(const struct figure *f);

/* The middle of the samples of a group. */
double figure_group_time(const struct figure *f, size_t group);

/* Does a sample come far longer after the one before it than samples usually do? */
bool figure_gap_before(const struct figure *f, size_t sample);

/*
 * RSS less LazyFree at one moment of the steady window: as fitted; by the ends of the slope's
 * interval; and where it would be if it grew by as much as rss_drift allows. NaN: not fitted, or in
 * a gap. `share` is of the window: 0 its start, 1 its end.
 */
struct figure_fit {
	double t_s, fit, low, high, target;
};
struct figure_fit figure_fit(const struct figure *f, double share);

/* RSS at the start of the steady window, which is 100 %. */
double figure_level(const struct figure *f);

#endif
