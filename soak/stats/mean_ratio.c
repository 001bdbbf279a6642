/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ratio of means: see mean_ratio.h. Used by the regressions in RSS and in throughput. */
#include <errno.h>
#include <math.h>

#include <gsl/gsl_cdf.h>

#include "soak/stats/mean_ratio.h"

#define CORRELATION_MAX 0.99

struct mean {
	double mean, variance; /* of the mean */
	double df;
};

static double slope_of(const struct mean_group *group, double mean)
{
	double middle = ((double)group->n - 1.0) / 2.0, sxx = 0.0, sxy = 0.0;

	for (size_t i = 0; i < group->n; i++) {
		sxx += ((double)i - middle) * ((double)i - middle);
		sxy += ((double)i - middle) * (group->y[i] - mean);
	}
	return sxy / sxx;
}

static struct mean mean_of(const struct mean_group *group)
{
	double n = (double)group->n, middle = (n - 1.0) / 2.0;
	double squares = 0.0, products = 0.0, before = 0.0, r = 0.0, slope, inflation;
	struct mean found = {0};

	for (size_t i = 0; i < group->n; i++)
		found.mean += (group->y[i] - found.mean) / (double)(i + 1);
	slope = slope_of(group, found.mean);
	for (size_t i = 0; i < group->n; i++) {
		double e = group->y[i] - found.mean - slope * ((double)i - middle);

		squares += e * e;
		products += e * before;
		before = e;
	}
	if (squares > 0.0) {
		r = products / squares;
		r = fmin(fmax(r + (2.0 + 4.0 * r) / n, 0.0), CORRELATION_MAX);
	}
	inflation = (1.0 + r) / (1.0 - r);
	found.variance =
		fmax(squares / (n - 2.0) * inflation / n, group->se_least * group->se_least);
	found.df = fmax(n / inflation - 2.0, 1.0);
	return found;
}

int mean_ratio(const struct mean_group group[2], double confidence, struct mean_ratio *ret_ratio)
{
	double sum = 0.0, sum_of_parts = 0.0, half_width = 0.0;
	struct mean_ratio found = {0};

	for (int g = 0; g < 2; g++) {
		struct mean mean;
		double part;

		if (group[g].n < 4)
			return -EINVAL;
		mean = mean_of(&group[g]);
		if (!(mean.mean > 0.0))
			return -EINVAL;
		part = mean.variance / (mean.mean * mean.mean);
		sum += part;
		sum_of_parts += part * part / mean.df;
		found.mean[g] = mean.mean;
	}
	if (sum > 0.0)
		half_width = gsl_cdf_tdist_Pinv(0.5 + confidence / 2.0, sum * sum / sum_of_parts) *
			     sqrt(sum);
	found.ratio = found.mean[1] / found.mean[0];
	found.low = found.ratio * exp(-half_width);
	found.high = found.ratio * exp(half_width);
	*ret_ratio = found;
	return 0;
}
