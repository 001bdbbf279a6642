/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Naive verdicts: see naive.h. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_fit.h>
#include <math.h>

#include "soak/stats/bins.h"
#include "soak/stats/mann_kendall.h"
#include "soak/stats/theil_sen.h"
#include "tests/accuracy/change_points.h"
#include "tests/accuracy/naive.h"

#define BINS 100
#define PAGE 4096.0
#define SEED 20140101

const char *const naive_names[NAIVE_COUNT] = {
	[NAIVE_ENDS] = "last - first",
	[NAIVE_SLOPE] = "LS slope",
	[NAIVE_INTERVAL] = "LS interval",
	[NAIVE_THEIL_SEN] = "Theil-Sen",
	[NAIVE_RANKS] = "Mann-Kendall",
	[NAIVE_E_DIVISIVE] = "E-divisive",
	[NAIVE_PELT] = "PELT",
};

static enum verdict against(double low, double high, double target)
{
	return low > target ? VERDICT_FAIL : high <= target ? VERDICT_PASS : VERDICT_INCONCLUSIVE;
}

static enum verdict by_line(const double *t, const double *rss, size_t n, double target, double t_q)
{
	double start, slope, v00, v01, v11, squares, half;

	gsl_fit_linear(t, 1, rss, 1, n, &start, &slope, &v00, &v01, &v11, &squares);
	half = t_q * sqrt(v11);
	return against(
		(slope - half) * 3600 / start * 100, (slope + half) * 3600 / start * 100, target);
}

static enum verdict by_ranks(const double *t, const double *rss, size_t n)
{
	struct mann_kendall test;
	struct bins bins;

	bins_mean(t, rss, n, t[0], t[n - 1], MANN_KENDALL_MAX, &bins);
	bins_drop_empty(&bins);
	if (mann_kendall(bins.y, bins.n, &test) != 0)
		return VERDICT_INCONCLUSIVE;
	return test.z * sqrt(test.correction) > gsl_cdf_ugaussian_Pinv(0.975) ? VERDICT_FAIL
									      : VERDICT_PASS;
}

static void cut(const double *t, const double *rss, size_t n, struct bins *ret_bins)
{
	bins_mean(t, rss, n, t[0], t[n - 1], BINS, ret_bins);
	bins_drop_empty(ret_bins);
}

static enum verdict by_median_slope(const double *t, const double *rss, size_t n, double target)
{
	double per_hour, slope;
	struct bins bins;

	cut(t, rss, n, &bins);
	per_hour = 3600 * (double)(bins.n - 1) / (bins.t[bins.n - 1] - bins.t[0]);
	slope = theil_sen_slope(bins.y, bins.n) * per_hour / bins.y[0] * 100;
	return against(slope, slope, target);
}

static enum verdict by_segments(
	enum naive method, const double *t, const double *rss, size_t n, double target)
{
	struct segments segments;
	struct bins bins;
	double rise;

	cut(t, rss, n, &bins);
	segments = method == NAIVE_PELT ? pelt(bins.y, bins.n, PAGE)
					: e_divisive(bins.y, bins.n, SEED);
	rise = (segments.last - segments.first) / segments.first * 100 / (t[n - 1] - t[0]) * 3600;
	return against(rise, rise, target);
}

enum verdict naive_judge(
	enum naive method, const double *t, const double *rss, size_t n, double target)
{
	double rise = (rss[n - 1] - rss[0]) / rss[0] * 100 / (t[n - 1] - t[0]) * 3600;

	switch (method) {
	case NAIVE_ENDS:
		return against(rise, rise, target);
	case NAIVE_SLOPE:
		return by_line(t, rss, n, target, 0);
	case NAIVE_INTERVAL:
		return by_line(t, rss, n, target, gsl_cdf_tdist_Pinv(0.975, (double)n - 2));
	case NAIVE_THEIL_SEN:
		return by_median_slope(t, rss, n, target);
	case NAIVE_RANKS:
		return by_ranks(t, rss, n);
	default:
		return by_segments(method, t, rss, n, target);
	}
}
