/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ratios of paired values: see paired.h. Used where two allocators, or two builds, are compared. */
#include <errno.h>
#include <math.h>
#include <stdbool.h>

#include <gsl/gsl_cdf.h>

#include "soak/stats/paired.h"

#define PAIRS_MOST 1000000

static double half_width(double sd, size_t n, double confidence)
{
	return gsl_cdf_tdist_Pinv(0.5 + confidence / 2.0, (double)(n - 1)) * sd / sqrt((double)n);
}

static bool positive(double value)
{
	return isfinite(value) && value > 0.0;
}

int paired_ratio(
	const double *a, const double *b, size_t n, double confidence, struct paired *ret_paired)
{
	struct paired found = {.n = n, .low = NAN, .high = NAN, .log_sd = NAN};
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
