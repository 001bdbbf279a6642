/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See sampled.h. Called by soak/report/heap_account.c. */
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "soak/stats/poisson.h"
#include "soak/stats/sampled.h"

struct interval sampled_interval(double estimate, double variance, double whole, double confidence)
{
	struct interval interval = {estimate, estimate, estimate};
	double count = estimate > 0 ? estimate * estimate / variance : 0;

	if (estimate > 0 && !(variance > 0))
		return interval;
	poisson_interval(count, confidence, &interval.low, &interval.high);
	if (count > 0)
		whole = estimate / count;
	interval.low *= whole;
	interval.high *= whole;
	return interval;
}

struct interval sampled_growth(
	struct interval from, struct interval to, double between, double confidence)
{
	struct interval apart = interval_difference(from, to);
	double reach = gsl_cdf_ugaussian_Pinv((1 + confidence) / 2) * sqrt(fmax(between, 0));

	if (2 * reach >= apart.high - apart.low)
		return apart;
	return (struct interval){apart.estimate, apart.estimate - reach, apart.estimate + reach};
}
