/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ratio of two sets of runs, in pairs or not, and how many it would take to know it better.
 *
 * What the machine does to both values of a pair cancels in d = ln(b / a). The interval is
 * Student's for the mean of n such differences (Biometrika 6, 1908), carried back by exp:
 *
 * ratio = exp(mean d), low and high = exp(mean d -+ t(1 - a/2; n - 1) sd / sqrt(n))
 *
 * with a = 1 - confidence. The ratio is that of geometric means. Assumes that pairs are independent
 * and d about normal; rare outliers make the interval wider than it need be, not too narrow
 * (measured: docs/judging.md).
 *
 * Sets that are no pairs, m and n runs, are compared by the means of their logarithms. Both sides
 * count as equally spread, with m + n - 2 degrees of freedom (Student). With three runs or more of
 * each, each also has its own spread (B. L. Welch, Biometrika 34, 1947):
 *
 * mean ln b - mean ln a -+ t(1 - a/2; f) sqrt(sa^2 / m + sb^2 / n)
 * f = (sa^2 / m + sb^2 / n)^2 / ((sa^2 / m)^2 / (m - 1) + (sb^2 / n)^2 / (n - 1))
 *
 * and the wider interval counts: of 3 runs against 8, equally spread, Welch's alone misses the
 * truth on one side in 3.0 % where 2.5 are promised.
 */
#ifndef SOAK_PAIRED_H
#define SOAK_PAIRED_H

#include <stddef.h>

#define UNPAIRED_OWN_SPREAD 3 /* runs that show how their side spreads */

struct paired {
	size_t n;                /* pairs; of sets the smaller one */
	size_t runs;             /* of both sides together */
	double ratio, low, high; /* b over a; low and high are NaN for one run of each */
	/* of d; of sets sd^2 is the sum of both variances; sd NaN for one run of each */
	double log_mean, log_sd;
};

/* Returns 0, or -EINVAL if there is no pair or any value is not positive and finite. */
int paired_ratio(
	const double *a, const double *b, size_t n, double confidence, struct paired *ret_paired);

/* The same of sets that are no pairs, na and nb values. */
int unpaired_ratio(const double *a, size_t na, const double *b, size_t nb, double confidence,
	struct paired *ret_paired);

/*
 * A ratio of na and nb runs whose interval is known from elsewhere, with the spread that would make
 * such an interval of pairs.
 */
struct paired paired_of_interval(
	size_t na, size_t nb, double ratio, double low, double high, double confidence);

/*
 * The fewest pairs, or runs of each side, more than there are, whose interval would reach no
 * further than `margin` (of ln(ratio)) from the mean if the mean and sd stayed as they are. 0: not
 * even a million would do, or the sd is not known.
 */
size_t paired_needed(const struct paired *paired, double margin, double confidence);

#endif
