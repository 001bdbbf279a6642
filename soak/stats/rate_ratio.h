/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ratio of two rates of events that come in bursts.
 *
 * Quasi-Poisson (McCullagh and Nelder, "Generalized Linear Models", 2nd ed. 1989, 4.5 and 6.2).
 * Each group is cut into blocks with counts F and exposures E; the dispersion, pooled over both, is
 *
 * phi = max(1, sum of (F - rate E)^2 / (rate E) / (blocks - 2)) * (1 + r) / (1 - r)
 *
 * r being the correlation of neighbouring blocks where positive. It widens the Poisson variance of
 * the logarithm of the ratio:
 *
 * var(ln ratio) = phi (1/F1 + 1/F2)
 *
 * Student's t with (blocks - 2) (1 - r) / (1 + r) degrees of freedom, at least 1. Half an event is
 * added to each total, so that none at all still gives a ratio and an interval. Blocks whose count
 * or exposure is NaN, or whose exposure is not positive, are left out.
 */
#ifndef SOAK_RATE_RATIO_H
#define SOAK_RATE_RATIO_H

#include <stddef.h>

struct rate_group {
	const double *count;
	const double *exposure;
	size_t n;
};

struct rate_ratio {
	double rate[2]; /* events per exposure of the first and of the second group, nothing added
			 */
	double ratio;   /* second over first */
	double low, high;
	double dispersion; /* phi with the correlation in it, >= 1 */
};

/* Returns 0, or -EINVAL when a group has no usable block, or both have fewer than 3 together. */
int rate_ratio(const struct rate_group group[2], double confidence, struct rate_ratio *ret_ratio);

#endif
