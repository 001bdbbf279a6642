/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a series falls, and how far: see step_down.h. Used by the rule on throughput. */
#include <errno.h>
#include <math.h>

#include <gsl/gsl_cdf.h>

#include "soak/stats/step_down.h"

#define VALUES_MIN 20
#define LOOKS 20.0
#define SHARE_AFTER 0.05
#define CORRELATION_MAX 0.99

struct part {
	double y, host; /* means */
};

static struct part mean_of(const double *y, const double *host, size_t from, size_t to)
{
	struct part mean = {0.0, 0.0};

	for (size_t i = from; i < to; i++) {
		mean.y += (y[i] - mean.y) / (double)(i - from + 1);
		if (host)
			mean.host += (host[i] - mean.host) / (double)(i - from + 1);
	}
	return mean;
}

/* By how much y moves with the host within the parts; never up: a host does not help. */
static double host_slope(
	const double *y, const double *host, size_t n, size_t first, const struct part part[2])
{
	double products = 0.0, squares = 0.0;

	for (size_t i = 0; host && i < n; i++) {
		double h = host[i] - part[i >= first].host;

		products += h * (y[i] - part[i >= first].y);
		squares += h * h;
	}
	return squares > 0.0 ? fmin(products / squares, 0.0) : 0.0;
}

struct noise {
	double long_run, df;
};

static struct noise noise_of(const double *y, const double *host, size_t n, size_t first,
	const struct part part[2], double slope)
{
	double squares = 0.0, products = 0.0, before = 0.0, r = 0.0, inflation;

	for (size_t i = 0; i < n; i++) {
		double e = y[i] - part[i >= first].y;

		e -= host ? slope * (host[i] - part[i >= first].host) : 0.0;
		squares += e * e;
		products += e * before;
		before = e;
	}
	if (squares > 0.0)
		r = products / squares;
	r = fmin(fmax(r + (2.0 + 4.0 * r) / (double)n, 0.0), CORRELATION_MAX);
	inflation = (1.0 + r) / (1.0 - r);
	return (struct noise){.long_run = squares / ((double)n - 2.0) * inflation,
		.df = fmax((double)n / inflation - 3.0, 1.0)};
}

int step_down_at(const double *y, const double *host, size_t n, size_t first, double confidence,
	struct step_down *ret_step)
{
	const struct part part[2] = {mean_of(y, host, 0, first), mean_of(y, host, first, n)};
	double slope = host_slope(y, host, n, first, part), before = part[0].y;
	double after = part[1].y - slope * (part[1].host - part[0].host), ratio, half;
	struct noise noise = noise_of(y, host, n, first, part, slope);

	if (!(before > 0.0) || !(after >= 0.0))
		return -EINVAL;
	ratio = after / before;
	half = gsl_cdf_tdist_Pinv(0.5 + confidence / 2.0, noise.df) *
	       sqrt(noise.long_run * (1.0 / (double)(n - first) + ratio * ratio / (double)first)) /
	       before;
	*ret_step = (struct step_down){.first = first,
		.before = before,
		.after = after,
		.fall = 100.0 * (1.0 - ratio),
		.low = 100.0 * (1.0 - ratio - half),
		.high = 100.0 * (1.0 - ratio + half)};
	return 0;
}

int step_down(const double *y, const double *host, size_t n, double from, double confidence,
	struct step_down *ret_step)
{
	size_t earliest = (size_t)ceil(fmax(from, SHARE_AFTER) * (double)n);
	size_t latest = (size_t)((1.0 - SHARE_AFTER) * (double)n);
	struct step_down step;
	int error = -EINVAL;

	for (size_t i = earliest; n >= VALUES_MIN && i <= latest; i++) {
		if (step_down_at(y, host, n, i, 1.0 - (1.0 - confidence) / LOOKS, &step) != 0)
			continue;
		if (error || step.low > ret_step->low)
			*ret_step = step;
		error = 0;
	}
	return error;
}
