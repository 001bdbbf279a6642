/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The difference of two estimates that have an interval each, however that came about.
 *
 * The method of variance estimates recovery (G. Y. Zou and A. Donner, "Construction of confidence
 * limits about effect measures: a general approach", Statistics in Medicine 27, 2008): with e, l
 * and u an estimate and its limits,
 *
 * low = e1 - e0 - sqrt((e1 - l1)^2 + (u0 - e0)^2)
 * high = e1 - e0 + sqrt((u1 - e1)^2 + (e0 - l0)^2)
 *
 * Assumes independent estimates, and limits of the same confidence; they need not be symmetric.
 */
#ifndef SOAK_INTERVAL_H
#define SOAK_INTERVAL_H

#include <math.h>

struct interval {
	double estimate, low, high;
};

/* The second less the first. */
static inline struct interval interval_difference(struct interval first, struct interval second)
{
	double difference = second.estimate - first.estimate;

	return (struct interval){difference,
		difference - hypot(second.estimate - second.low, first.high - first.estimate),
		difference + hypot(second.high - second.estimate, first.estimate - first.low)};
}

#endif
