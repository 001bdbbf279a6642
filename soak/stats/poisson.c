/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Poisson counts: see poisson.h. Used by the rule on system calls per operation. */
#include <math.h>
#include <stdbool.h>

#include "soak/stats/chi_square.h"
#include "soak/stats/poisson.h"

void poisson_interval(double count, double confidence, double *ret_low, double *ret_high)
{
	double tail = (1.0 - confidence) / 2.0;

	if (!(count >= 0.0) || !isfinite(count)) {
		*ret_low = *ret_high = NAN;
		return;
	}
	*ret_low = count > 0.0 ? chi_square_quantile(tail, 2.0 * count) / 2.0 : 0.0;
	*ret_high = chi_square_quantile(1.0 - tail, 2.0 * count + 2.0) / 2.0;
}

static bool decides(double rate, double exposure, double target, double confidence)
{
	double low, high;

	poisson_interval(rate * exposure, confidence, &low, &high);
	return high <= target * exposure || low > target * exposure;
}

double poisson_exposure_needed(double rate, double target, double confidence)
{
	double lower = 0.0, upper;

	if (!(target > 0.0) || !(rate >= 0.0))
		return INFINITY;
	for (upper = 1.0 / target; !decides(rate, upper, target, confidence); upper *= 2.0) {
		lower = upper;
		if (upper > 1e30)
			return INFINITY;
	}
	for (int i = 0; i < 40; i++) {
		double middle = 0.5 * (lower + upper);

		if (decides(rate, middle, target, confidence))
			upper = middle;
		else
			lower = middle;
	}
	return upper;
}
