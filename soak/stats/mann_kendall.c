/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trend test by ranks: see mann_kendall.h. Used by the rule on monotonic growth. */
#include <errno.h>
#include <math.h>

#include <gsl/gsl_cdf.h>

#include "soak/stats/mann_kendall.h"

#define LAG_SIGNIFICANCE 1.96

static double sign(double x)
{
	return (double)((x > 0.0) - (x < 0.0));
}

static double kendall_s(const double *y, size_t n)
{
	double s = 0.0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			s += sign(y[j] - y[i]);
	return s;
}

static double kendall_variance(const double *y, size_t n)
{
	double count = (double)n, variance = count * (count - 1.0) * (2.0 * count + 5.0);

	for (size_t i = 0; i < n; i++) {
		double tied = 0.0;

		/* each member of a group of t gives (t-1)(2t+5), so that the group gives t
		 * (t-1)(2t+5) */
		for (size_t j = 0; j < n; j++)
			tied += y[j] == y[i];
		variance -= (tied - 1.0) * (2.0 * tied + 5.0);
	}
	return variance / 18.0;
}

/* Ranks of y without its trend, less their mean: 0 for the middle; ties share the mean of their
 * ranks. */
static void detrended_ranks(const double *y, size_t n, double *ret_rank)
{
	double slope = theil_sen_slope(y, n), rest[MANN_KENDALL_MAX], scale = 0.0;

	for (size_t i = 0; i < n; i++) {
		rest[i] = y[i] - slope * (double)i;
		scale = fmax(scale, fabs(y[i] - y[0]));
	}
	for (size_t i = 0; i < n; i++) {
		ret_rank[i] = 0.0;
		/* what differs by rounding alone is a tie: a straight line has no pattern in its
		 * residuals */
		for (size_t j = 0; j < n; j++)
			if (fabs(rest[i] - rest[j]) > 1e-9 * scale)
				ret_rank[i] += 0.5 * sign(rest[i] - rest[j]);
	}
}

static double hamed_rao_correction(const double *y, size_t n)
{
	double rank[MANN_KENDALL_MAX], count = (double)n, squares = 0.0, sum = 0.0;

	detrended_ranks(y, n, rank);
	for (size_t i = 0; i < n; i++)
		squares += rank[i] * rank[i];
	if (!(squares > 0.0))
		return 1.0;
	for (size_t lag = 1; lag + 2 < n; lag++) {
		double products = 0.0, k = (double)lag;

		for (size_t i = lag; i < n; i++)
			products += rank[i] * rank[i - lag];
		if (fabs(products / squares) > LAG_SIGNIFICANCE / sqrt(count))
			sum += (count - k) * (count - k - 1.0) * (count - k - 2.0) * products /
			       squares;
	}
	return fmax(1.0 + 2.0 * sum / (count * (count - 1.0) * (count - 2.0)), 1.0);
}

static double standardized(double s, double variance)
{
	return (s - sign(s)) / sqrt(variance);
}

double mann_kendall_rising(double s, double variance)
{
	return gsl_cdf_ugaussian_Q(variance > 0.0 ? standardized(s, variance) : 0.0);
}

int mann_kendall(const double *y, size_t n, struct mann_kendall *ret_test)
{
	struct mann_kendall test = {0};

	if (n < 4 || n > MANN_KENDALL_MAX)
		return -EINVAL;
	test.s = kendall_s(y, n);
	test.variance = kendall_variance(y, n);
	test.correction = hamed_rao_correction(y, n);
	if (test.variance > 0.0)
		test.z = standardized(test.s, test.variance * test.correction);
	test.p_rising = gsl_cdf_ugaussian_Q(test.z);
	*ret_test = test;
	return 0;
}
