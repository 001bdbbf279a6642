/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Intervals for sums that are estimated from a Poisson sample of their parts, weighted by the
 * inverse of each part's probability (D. G. Horvitz and D. J. Thompson, J. Am. Stat. Assoc. 47,
 * 1952).
 *
 * An estimate e of variance v is taken for e / k times a Poisson count of k = e^2 / v, which has
 * the same mean and variance, and has Garwood's interval (poisson.h) times e / k. So the interval
 * is asymmetric where few parts were sampled, and a point where all were, v = 0. Parts of very
 * unequal weight make the truth wider.
 */
#ifndef SOAK_SAMPLED_H
#define SOAK_SAMPLED_H

#include "soak/stats/interval.h"

/* `whole`: the estimate that a single sampled part would be, for an estimate of 0. */
struct interval sampled_interval(double estimate, double variance, double whole, double confidence);

/*
 * What grew between two moments. `between`: a bound of the variance of all that came and went
 * meanwhile. Parts that are there at both moments are in both estimates alike, so that the
 * difference varies by no more than `between`, nor by more than independent estimates would: the
 * narrower of the two intervals is returned.
 */
struct interval sampled_growth(
	struct interval from, struct interval to, double between, double confidence);

#endif
