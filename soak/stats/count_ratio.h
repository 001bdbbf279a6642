/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ratio of two Poisson rates, by their counts.
 *
 * Of k0 events in exposure n0 and k1 in n1, given their sum, k1 is binomial with p = n1 R / (n0 +
 * n1 R), R being the ratio of the rates (J. Przyborowski and H. Wilenski, Biometrika 31, 1940). The
 * interval of p is that of C. J. Clopper and E. S. Pearson, Biometrika 26, 1934, by quantiles of
 * the beta distribution; solved for R it is exact: it never covers less than it promises.
 *
 * Above 10 000 events in all it is combined from Garwood's limits of both counts (poisson.h) on the
 * logarithms, after G. Y. Zou and A. Donner, Statistics in Medicine 27, 2008.
 *
 * Assumes that events come independently; those that come in bursts need rate_ratio.h as well.
 */
#ifndef SOAK_COUNT_RATIO_H
#define SOAK_COUNT_RATIO_H

/*
 * Interval of (k1 / n1) / (k0 / n0). k1 = 0 has the low limit 0, k0 = 0 the high limit INFINITY.
 * NaN for counts below zero or exposures that are not positive.
 */
void count_ratio_interval(double k0, double n0, double k1, double n1, double confidence,
	double *ret_low, double *ret_high);

#endif
