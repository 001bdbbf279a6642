/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A series that grows by rare chunks: flat but for jumps, all of them up.
 *
 * A line fits such a series badly, because each jump may be the last. But recurring jumps can be
 * counted: k jumps in the length T of the series have a rate between Garwood's limits for k,
 * divided by T (soak/stats/poisson.h). The slope is that rate times the mean height of a jump.
 *
 * A jump is a difference of neighbours by more than 8 times the typical one (1.4826 times the
 * median of their absolute differences) and a tenth of the largest. A staircase has 5 or more, none
 * of them down; they make up nine tenths of the rise at least; and they come evenly: the largest
 * distance between the times at which they came and an even course is below what Kolmogorov and
 * Smirnov's test rejects at 10 % (1.22 / sqrt(k)). Two jumps within one bin count as one: then k is
 * too small and the mean height too large.
 */
#ifndef SOAK_STATS_STAIRCASE_H
#define SOAK_STATS_STAIRCASE_H

#include <stdbool.h>
#include <stddef.h>

struct staircase {
	size_t jumps;
	double height;           /* of one, in the mean */
	double slope, low, high; /* y per t */
};

/* Is it a staircase? `n` at most BINS_MAX; values finite, t increasing. Linear in n. */
bool staircase(const double *t, const double *y, size_t n, double confidence,
	struct staircase *ret_staircase);

#endif
