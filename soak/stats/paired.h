/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ratio of two series measured in pairs, and how many pairs it would take to know it better.
 *
 * What the machine does to both values of a pair cancels in d = ln(b / a). The interval is
 * Student's for the mean of n such differences (Biometrika 6, 1908), carried back by exp:
 *
 * ratio = exp(mean d), low and high = exp(mean d -+ t(1 - a/2; n - 1) sd / sqrt(n))
 *
 * with a = 1 - confidence. The ratio is that of geometric means. Assumes that pairs are independent
 * and d about normal; rare outliers make the interval wider than it need be, not too narrow
 * (measured: docs/judging.md).
 */
#ifndef SOAK_PAIRED_H
#define SOAK_PAIRED_H

#include <stddef.h>

struct paired {
	size_t n;
	double ratio, low, high; /* b over a; low and high are NaN for one pair */
	double log_mean, log_sd; /* of d; sd NaN for one pair */
};

/* Returns 0, or -EINVAL if there is no pair or any value is not positive and finite. */
int paired_ratio(
	const double *a, const double *b, size_t n, double confidence, struct paired *ret_paired);

/*
 * The fewest pairs, more than there are, whose interval would reach no further than `margin` (of
 * ln(ratio)) from the mean if the mean and sd stayed as they are. 0: not even a million would do,
 * or the sd is not known.
 */
size_t paired_needed(const struct paired *paired, double margin, double confidence);

#endif
