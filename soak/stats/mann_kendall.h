/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Does a series go up? The rank test of H. B. Mann (Econometrica 13, 1945) and M. G. Kendall ("Rank
 * Correlation Methods", 1975), made fit for correlated values.
 *
 * S = sum over i < j of sign(y[j] - y[i])
 *
 * var(S) = (n (n-1) (2n+5) - sum over groups of t ties of t (t-1) (2t+5)) / 18
 *
 * K. H. Hamed and A. R. Rao, "A modified Mann-Kendall trend test for autocorrelated data",
 * J. Hydrology 204, 1998, multiply var(S) by
 *
 * 1 + 2 / (n (n-1) (n-2)) * sum over lags k of (n-k) (n-k-1) (n-k-2) r(k)
 *
 * r(k) being the correlation at lag k of the ranks of the series without its Theil-Sen trend, where
 * it differs from zero at 5 %. Here the factor never falls below 1. Normal approximation with
 * continuity correction: fair from n = 8 on.
 */
#ifndef SOAK_MANN_KENDALL_H
#define SOAK_MANN_KENDALL_H

#include <stddef.h>

#include "soak/stats/theil_sen.h"

#define MANN_KENDALL_MAX THEIL_SEN_MAX

struct mann_kendall {
	double s;
	double variance;   /* of S, ties counted, uncorrected */
	double correction; /* factor on the variance, >= 1 */
	double z;
	double p_rising; /* one-sided: chance of so large an S without a trend */
};

/* Returns 0, or -EINVAL for n < 4 or n > MANN_KENDALL_MAX. y finite. A constant series has z = 0.
 */
int mann_kendall(const double *y, size_t n, struct mann_kendall *ret_test);

/*
 * p_rising of S and of its corrected variance. Of several series that rise together, or not at all,
 * both are added up first: R. M. Hirsch, J. R. Slack and R. A. Smith, Water Resour. Res. 18, 1982.
 */
double mann_kendall_rising(double s, double variance);

#endif
