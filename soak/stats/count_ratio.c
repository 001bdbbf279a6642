/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ratio of Poisson rates: see count_ratio.h. Used by the regression in calls per operation. */
#include <math.h>

#include <gsl/gsl_cdf.h>

#include "soak/stats/count_ratio.h"
#include "soak/stats/poisson.h"

/* Beyond this the continued fraction of the beta distribution takes too many terms for GSL. */
#define EXACT_COUNT_MAX 1e4

/*
 * p / (1 - p) where the beta distribution reaches `probability`. GSL's own inverse fails to
 * converge for some shapes above a few thousand, and then aborts the process; this halves.
 */
static double beta_odds(double probability, double a, double b)
{
	double low = -60.0, high = 60.0; /* logarithms of the odds */

	for (int i = 0; i < 100; i++) {
		double middle = 0.5 * (low + high), odds = exp(middle);

		if (gsl_cdf_beta_P(odds / (1.0 + odds), a, b) < probability)
			low = middle;
		else
			high = middle;
	}
	return exp(low);
}

static void exact_interval(double k0, double k1, double tail, double *ret_low, double *ret_high)
{
	*ret_low = k1 > 0.0 ? beta_odds(tail, k1, k0 + 1.0) : 0.0;
	*ret_high = k0 > 0.0 ? beta_odds(1.0 - tail, k1 + 1.0, k0) : INFINITY;
}

static void combined_interval(
	double k0, double k1, double confidence, double *ret_low, double *ret_high)
{
	double low[2], high[2];

	poisson_interval(k0, confidence, &low[0], &high[0]);
	poisson_interval(k1, confidence, &low[1], &high[1]);
	if (k0 > 0.0 && k1 > 0.0) {
		*ret_low = k1 / k0 * exp(-hypot(log(k1 / low[1]), log(high[0] / k0)));
		*ret_high = k1 / k0 * exp(hypot(log(high[1] / k1), log(k0 / low[0])));
		return;
	}
	*ret_low = low[1] / high[0];
	*ret_high = low[0] > 0.0 ? high[1] / low[0] : INFINITY;
}

void count_ratio_interval(double k0, double n0, double k1, double n1, double confidence,
	double *ret_low, double *ret_high)
{
	*ret_low = *ret_high = NAN;
	if (!(k0 >= 0.0 && k1 >= 0.0 && n0 > 0.0 && n1 > 0.0) || !isfinite(k0 + k1))
		return;
	if (k0 + k1 <= EXACT_COUNT_MAX)
		exact_interval(k0, k1, (1.0 - confidence) / 2.0, ret_low, ret_high);
	else
		combined_interval(k0, k1, confidence, ret_low, ret_high);
	*ret_low *= n0 / n1;
	*ret_high *= n0 / n1;
}
