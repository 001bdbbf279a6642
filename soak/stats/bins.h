/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bins: an unevenly sampled series cut into at most BINS_MAX pieces of equal time.
 *
 * Everything quadratic in the judge works on bins, never on samples. Times are seconds, increasing;
 * values may be NaN, which means "not read". Samples outside [from, to] do not count. A bin without
 * any reading is NaN until bins_drop_empty(). `count` is clipped to 1..BINS_MAX. All functions are
 * linear in n + count.
 */
#ifndef SOAK_BINS_H
#define SOAK_BINS_H

#include <stddef.h>

#define BINS_MAX 200

struct bins {
	size_t n;
	double width_s;
	double t[BINS_MAX]; /* mean time of the readings in the bin (gauges), its middle (rates) */
	double y[BINS_MAX];
};

/* y = mean of the readings in each bin. Exact for a straight line, however uneven the sampling. */
void bins_mean(const double *t, const double *y, size_t n, double from, double to, size_t count,
	struct bins *ret_bins);

/* y = lowest reading in each bin. */
void bins_low(const double *t, const double *y, size_t n, double from, double to, size_t count,
	struct bins *ret_bins);

/*
 * y = increase per second of a cumulative counter between the edges of each bin; the counter at an
 * edge is interpolated between its neighbouring readings. A bin inside a gap is NaN although its
 * edges could be guessed.
 */
void bins_rate(const double *t, const double *counter, size_t n, double from, double to,
	size_t count, struct bins *ret_bins);

/* Removes the bins whose y is NaN, in place. */
void bins_drop_empty(struct bins *bins);

#endif
