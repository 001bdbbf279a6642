/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where does a series settle? Truncation by the marginal standard error rule (MSER), about a line.
 *
 * K. P. White, "An effective truncation heuristic for bias reduction in simulation output",
 * Simulation 69, 1997, drops the first d of n values, d minimising SS(d) / (n - d)^2 with SS(d) the
 * squares about the mean of what remains; on batch means it is called MSER-5 (Spratt 1998). Here
 * the values are bins, and two things differ:
 *
 * SS(d) is taken about the least-squares line of what remains. A leak is a straight line and must
 * not be cut away as if it were warm-up.
 *
 * A cut must make the score at least three times smaller, else nothing is cut. Choosing the best of
 * many cuts in plain correlated noise would otherwise favour stretches that look like a trend:
 * false trends were twice as frequent as promised.
 *
 * `tolerance`, in units of y, is a deviation not worth cutting data for: tolerance^2 is added to
 * the mean square. Without it a series that is constant but for one small step would lose
 * everything before that step.
 */
#ifndef SOAK_MSER_H
#define SOAK_MSER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Returns how many leading values to drop, at most n / 2. *ret_settled is false when the best cut
 * is that limit: the series was then still changing shape halfway through. Fewer than 10 values: 0,
 * settled. Linear in n; y finite.
 */
size_t mser_truncation(const double *y, size_t n, double tolerance, bool *ret_settled);

#endif
