/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ratio of over-dispersed rates: see rate_ratio.h. Used by the rule on growing page faults. */
#include <errno.h>
#include <math.h>
#include <stdbool.h>

#include <gsl/gsl_cdf.h>

#include "soak/stats/rate_ratio.h"

struct totals {
	double count, exposure;
	size_t blocks;
};

static bool usable(const struct rate_group *group, size_t i)
{
	return isfinite(group->count[i]) && group->exposure[i] > 0.0 &&
	       isfinite(group->exposure[i]);
}

static struct totals group_totals(const struct rate_group *group)
{
	struct totals totals = {0};

	for (size_t i = 0; i < group->n; i++) {
		if (!usable(group, i))
			continue;
		totals.count += group->count[i];
		totals.exposure += group->exposure[i];
		totals.blocks++;
	}
	return totals;
}

/* Adds the group's squared Pearson residuals and the products of neighbours. */
static void add_residuals(
	const struct rate_group *group, double rate, double *squares, double *products)
{
	double previous = 0.0;

	for (size_t i = 0; i < group->n; i++) {
		double expected, residual;

		if (!usable(group, i)) {
			previous = 0.0;
			continue;
		}
		expected = rate * group->exposure[i];
		residual = expected > 0.0 ? (group->count[i] - expected) / sqrt(expected) : 0.0;
		*squares += residual * residual;
		*products += residual * previous;
		previous = residual;
	}
}

int rate_ratio(const struct rate_group group[2], double confidence, struct rate_ratio *ret_ratio)
{
	struct rate_ratio found = {0};
	struct totals totals[2];
	double squares = 0.0, products = 0.0, inflation, blocks, half_width;

	for (int g = 0; g < 2; g++) {
		totals[g] = group_totals(&group[g]);
		if (totals[g].blocks < 1)
			return -EINVAL;
		found.rate[g] = totals[g].count / totals[g].exposure;
		add_residuals(&group[g], found.rate[g], &squares, &products);
	}
	blocks = (double)(totals[0].blocks + totals[1].blocks);
	if (blocks < 3.0)
		return -EINVAL;
	inflation = squares > 0.0 ? fmin(fmax(products / squares, 0.0), 0.9) : 0.0;
	inflation = (1.0 + inflation) / (1.0 - inflation);
	found.dispersion = fmax(squares / (blocks - 2.0), 1.0) * inflation;
	half_width =
		gsl_cdf_tdist_Pinv(0.5 + confidence / 2.0, fmax((blocks - 2.0) / inflation, 1.0)) *
		sqrt(found.dispersion *
			(1.0 / (totals[0].count + 0.5) + 1.0 / (totals[1].count + 0.5)));
	found.ratio = (totals[1].count + 0.5) / totals[1].exposure * totals[0].exposure /
		      (totals[0].count + 0.5);
	found.low = found.ratio * exp(-half_width);
	found.high = found.ratio * exp(half_width);
	*ret_ratio = found;
	return 0;
}
