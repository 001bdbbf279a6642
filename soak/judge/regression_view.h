/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One side of a comparison against a baseline, as its rules see it: the steady windows of all
 * pieces of the run (pieces.h), end to end, as if nothing had been between them.
 */
#ifndef SOAK_JUDGE_REGRESSION_VIEW_H
#define SOAK_JUDGE_REGRESSION_VIEW_H

#include "soak/judge/pieces.h"
#include "soak/stats/bins.h"

struct regression_view {
	const struct judge_input *input;
	const struct judgement *judgement;
	double *resident_bytes; /* as resident_series() */
	struct pieces pieces;
	double seconds; /* of all windows */
};

/* Returns 0 or -ENOMEM; to be released in any case. */
int regression_view_open(const struct judge_input *input, const struct judgement *judgement,
	struct regression_view *ret_view);
void regression_view_release(struct regression_view *view);

/* What a counter gained in the windows in which the other was read too; NaN: in none. */
double regression_view_gain(
	const struct regression_view *view, const double *counter, const double *other);

/* bins_mean or bins_rate. */
typedef void bins_fn(const double *t, const double *y, size_t n, double from, double to,
	size_t count, struct bins *ret_bins);

/*
 * Bins of the first `most_s` seconds of the windows: about `count`, each within one piece, those
 * without a reading NaN. Their times mean nothing.
 */
void regression_view_bins(const struct regression_view *view, bins_fn *make, const double *values,
	double most_s, size_t count, struct bins *ret_bins);

#endif
