/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The median of all pairwise slopes: a trend that a few wild values cannot bend.
 *
 * P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", JASA 63, 1968. O(n^2
 * log n) in time and n^2 / 2 doubles of stack, therefore at most THEIL_SEN_MAX points.
 */
#ifndef SOAK_THEIL_SEN_H
#define SOAK_THEIL_SEN_H

#include <stddef.h>

#define THEIL_SEN_MAX 100

/* Slope per step of y[0..n), taken as equally spaced; NaN for n < 2 or n > THEIL_SEN_MAX. y finite.
 */
double theil_sen_slope(const double *y, size_t n);

/* The median of values[0..n), which are sorted in place; NaN for n = 0. */
double median_in_place(double *values, size_t n);

#endif
