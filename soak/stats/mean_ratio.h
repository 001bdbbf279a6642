/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ratio of the means of two series whose neighbouring values resemble each other.
 *
 * The standard error of each mean is sd sqrt((1 + r) / (1 - r) / n); sd and r, the correlation at
 * lag 1, are those of the residuals about a least-squares line, r with its bias of -(2 + 4r) / n
 * taken out and kept within 0..0.99 (the effective sample size: G. V. Bayley and J. M. Hammersley,
 * Suppl. J. Roy. Stat. Soc. 8, 1946; the bias: M. G. Kendall, Biometrika 41, 1954). So a trend does
 * not count as noise: the mean is that of the observed stretch, and both stretches should have the
 * same length. The logarithm of the ratio has the variance
 *
 * (se0 / mean0)^2 + (se1 / mean1)^2
 *
 * by the delta method, and Student's t with the degrees of freedom of B. L. Welch, Biometrika 34,
 * 1947, each series having n (1 - r) / (1 + r) - 2, at least 1. se_least is a known lower bound of
 * a standard error, such as the resolution of the values or the Poisson error of a count. Values
 * count as equally spaced.
 */
#ifndef SOAK_MEAN_RATIO_H
#define SOAK_MEAN_RATIO_H

#include <stddef.h>

struct mean_group {
	const double *y;
	size_t n;
	double se_least; /* of the mean, units of y, >= 0 */
};

struct mean_ratio {
	double mean[2];
	double ratio; /* second over first */
	double low, high;
};

/* Returns 0, or -EINVAL for fewer than 4 values or a mean that is not positive. y finite. */
int mean_ratio(const struct mean_group group[2], double confidence, struct mean_ratio *ret_ratio);

#endif
