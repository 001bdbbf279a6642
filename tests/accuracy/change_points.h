/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a series changes, by two methods that are in use for performance series, to be measured
 * beside soak. Both split the series into segments of equal distribution.
 */
#ifndef TESTS_ACCURACY_CHANGE_POINTS_H
#define TESTS_ACCURACY_CHANGE_POINTS_H

#include <stddef.h>
#include <stdint.h>

#define CHANGE_VALUES_MAX 200

/* Means of the first and of the last segment, and how many segments there are. */
struct segments {
	size_t n;
	double first, last;
};

/*
 * E-divisive (D. Matteson and N. James, J. Am. Stat. Assoc. 109, 2014): bisects hierarchically
 * where the energy distance of both sides (alpha = 1) is largest, as long as a test by 99
 * permutations rejects equality at 5 %. Segments have 10 values or more, all of a segment counts
 * (kappa is its end). At most CHANGE_VALUES_MAX values.
 */
struct segments e_divisive(const double *y, size_t n, uint64_t seed);

/*
 * PELT (R. Killick, P. Fearnhead and I. Eckley, J. Am. Stat. Assoc. 107, 2012): the segmentation
 * that minimises squares about segment means + 3 log(n) variance per change, exactly (Schwarz's
 * criterion: a mean, a variance and a moment). The variance is that of independent noise: half of
 * the squared median of absolute differences of neighbours, times 1.4826^2; and that of rounding to
 * the resolution.
 */
struct segments pelt(const double *y, size_t n, double resolution);

#endif
