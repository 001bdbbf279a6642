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

/* What is drawn, of the catalogue of series. The first CURVE_GROUPED are reduced to groups. */
enum curve {
	CURVE_RSS,
	CURVE_LAZYFREE,
	CURVE_OPS,
	CURVE_FAULTS,
	CURVE_IN_USE,
	CURVE_COMMITTED,
	CURVE_GROUPED,
	CURVE_BUDGET = CURVE_GROUPED,
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
	struct group_gauge *grouped[CURVE_GROUPED]; /* NULL: not measured */
};

/*
 * Reduces a run to at most `limit` groups. Returns 0, -ENODATA without samples, -EIO for a file
 * that cannot be read, or -ENOMEM; after an error there is nothing to release.
 */
int figure_init(struct figure *f, struct run *run, const struct judgement *judgement, size_t limit);
void figure_release(struct figure *f);

bool figure_has_window(const struct figure *f);

/* RSS at the start of the steady window, which is 100 %. */
double figure_level(const struct figure *f);

#endif
