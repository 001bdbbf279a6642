/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ratios of two sets of runs: see paired.h. Used where allocators, or builds, are compared. */
#include <errno.h>
#include <math.h>
#include <stdbool.h>

#include <gsl/gsl_cdf.h>

#include "soak/stats/paired.h"

#define PAIRS_MOST 1000000

static double quantile(double confidence, double freedom)
{
	return gsl_cdf_tdist_Pinv(0.5 + confidence / 2.0, freedom);
}

static double half_width(double sd, size_t n, double confidence)
{
	return quantile(confidence, (double)(n - 1)) * sd / sqrt((double)n);
}

static bool positive(double value)
{
	return isfinite(value) && value > 0.0;
}

int paired_ratio(
	const double *a, const double *b, size_t n, double confidence, struct paired *ret_paired)
{
	struct paired found = {.n = n, .runs = 2 * n, .low = NAN, .high = NAN, .log_sd = NAN};
	double squares = 0.0, half;

	for (size_t i = 0; i < n; i++) {
		if (!positive(a[i]) || !positive(b[i]))
			return -EINVAL;
		found.log_mean += log(b[i] / a[i]) / (double)n;
	}
	if (n == 0)
		return -EINVAL;
	found.ratio = exp(found.log_mean);
	for (size_t i = 0; i < n; i++)
		squares += pow(log(b[i] / a[i]) - found.log_mean, 2.0);
	if (n > 1) {
		found.log_sd = sqrt(squares / (double)(n - 1));
		half = half_width(found.log_sd, n, confidence);
		found.low = exp(found.log_mean - half);
		found.high = exp(found.log_mean + half);
	}
	*ret_paired = found;
	return 0;
}

struct logs {
	double n, mean, squares; /* about the mean */
};

static int logs_of(const double *values, size_t n, struct logs *ret_logs)
{
	struct logs logs = {.n = (double)n};

	for (size_t i = 0; i < n; i++) {
		if (!positive(values[i]))
			return -EINVAL;
		logs.mean += log(values[i]) / (double)n;
	}
	for (size_t i = 0; i < n; i++)
		logs.squares += pow(log(values[i]) - logs.mean, 2.0);
	*ret_logs = logs;
	return n ? 0 : -EINVAL;
}

/* Of the difference of means, at this confidence; and the sum of variances of single runs. */
static double spread_apart(const struct logs side[2], double confidence, double *ret_variance)
{
	double of_mean[2], error, freedom = 0.0;

	for (int s = 0; s < 2; s++)
		of_mean[s] = side[s].squares / (side[s].n - 1.0) / side[s].n;
	*ret_variance = of_mean[0] * side[0].n + of_mean[1] * side[1].n;
	error = of_mean[0] + of_mean[1];
	if (!(error > 0.0))
		return 0.0;
	for (int s = 0; s < 2; s++)
		freedom += pow(of_mean[s] / error, 2.0) / (side[s].n - 1.0);
	return quantile(confidence, 1.0 / freedom) * sqrt(error);
}

static double spread_together(const struct logs side[2], double confidence, double *ret_variance)
{
	double freedom = side[0].n + side[1].n - 2.0;
	double variance = (side[0].squares + side[1].squares) / freedom;

	*ret_variance = 2.0 * variance;
	return quantile(confidence, freedom) * sqrt(variance * (1.0 / side[0].n + 1.0 / side[1].n));
}

int unpaired_ratio(const double *a, size_t na, const double *b, size_t nb, double confidence,
	struct paired *ret_paired)
{
	struct paired found = {
		.n = na < nb ? na : nb, .runs = na + nb, .low = NAN, .high = NAN, .log_sd = NAN};
	struct logs side[2];
	double half, variance;

	if (logs_of(a, na, &side[0]) || logs_of(b, nb, &side[1]))
		return -EINVAL;
	found.log_mean = side[1].mean - side[0].mean;
	found.ratio = exp(found.log_mean);
	if (found.runs > 2) {
		half = spread_together(side, confidence, &variance);
		if (found.n >= UNPAIRED_OWN_SPREAD)
			half = fmax(half, spread_apart(side, confidence, &variance));
		found.log_sd = sqrt(variance);
		found.low = exp(found.log_mean - half);
		found.high = exp(found.log_mean + half);
	}
	*ret_paired = found;
	return 0;
}

struct paired paired_of_interval(
	size_t na, size_t nb, double ratio, double low, double high, double confidence)
{
	size_t n = na < nb ? na : nb;
	struct paired found = {.n = n,
		.runs = na + nb,
		.ratio = ratio,
		.low = low,
		.high = high,
		.log_mean = log(ratio),
		.log_sd = NAN};

	if (n > 1)
		found.log_sd = log(high / ratio) / half_width(1.0, n, confidence);
	return found;
}

size_t paired_needed(const struct paired *paired, double margin, double confidence)
{
	size_t enough = PAIRS_MOST, few = paired->n;

	if (!(paired->log_sd >= 0.0) || !(margin > 0.0) ||
		half_width(paired->log_sd, enough, confidence) > margin)
		return 0;
	while (enough - few > 1) {
		size_t middle = few + (enough - few) / 2;

		if (half_width(paired->log_sd, middle, confidence) <= margin)
			enough = middle;
		else
			few = middle;
	}
	return enough;
}
