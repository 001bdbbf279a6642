/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mean, standard deviation and coefficient of variation (CV = sd / mean) of a series, with an
 * interval of the CV.
 *
 * The interval is that of a standard deviation, with q the quantile of chi-square and a =
 * 1 - confidence, over the mean:
 *
 * sd sqrt(df / q(1 - a/2; df)) to sd sqrt(df / q(a/2; df))
 *
 * with degrees of freedom cut down for what a normal, independent series would not have:
 *
 * df = (n - 1) * (1 - r^2) / (1 + r^2) * 2 / (2 + k), at least 1
 *
 * r is the correlation at lag 1 with its bias of -(1 + 3r) / n taken out (the effective size for a
 * variance: Bayley and Hammersley, Suppl. J. Roy. Stat. Soc. 8, 1946), k the excess kurtosis where
 * positive (the variance of a sample variance: Cramer, "Mathematical Methods of Statistics", 27.4).
 * The error of the mean is left out, which is fair while CV < 30 %. A wander slower than about a
 * tenth of the series is not seen whole: the interval is then too low.
 */
#ifndef SOAK_SPREAD_H
#define SOAK_SPREAD_H

#include <stddef.h>

struct spread {
	size_t n;
	double mean, sd;
	double cv, cv_low, cv_high; /* fractions, not per cent */
	double df;
};

/* Returns 0, or -EINVAL for n < 3 or a mean that is not positive. y finite. */
int spread(const double *y, size_t n, double confidence, struct spread *ret_spread);

#endif
