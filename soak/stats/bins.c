/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Equal-time bins: see bins.h. Used by every rule that looks at a series. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "soak/stats/bins.h"

static void bins_clear(struct bins *bins, double from, double to, size_t count)
{
	if (count < 1)
		count = 1;
	bins->n = count < BINS_MAX ? count : BINS_MAX;
	bins->width_s = (to - from) / (double)bins->n;
	for (size_t i = 0; i < bins->n; i++)
		bins->t[i] = bins->y[i] = NAN;
}

/* The bin that holds time t, or SIZE_MAX for none. */
static size_t bins_index(const struct bins *bins, double from, double to, double t)
{
	size_t index;

	if (!(t >= from && t <= to) || !(bins->width_s > 0.0))
		return SIZE_MAX;
	index = (size_t)((t - from) / bins->width_s);
	return index < bins->n ? index : bins->n - 1;
}

void bins_mean(const double *t, const double *y, size_t n, double from, double to, size_t count,
	struct bins *ret_bins)
{
	size_t readings[BINS_MAX] = {0};

	bins_clear(ret_bins, from, to, count);
	for (size_t i = 0; i < n; i++) {
		size_t bin = bins_index(ret_bins, from, to, t[i]);

		if (bin == SIZE_MAX || isnan(y[i]))
			continue;
		if (readings[bin]++ == 0)
			ret_bins->t[bin] = ret_bins->y[bin] = 0.0;
		/* running means: a sum of 1e5 readings of 1e12 bytes would lose single bytes */
		ret_bins->t[bin] += (t[i] - ret_bins->t[bin]) / (double)readings[bin];
		ret_bins->y[bin] += (y[i] - ret_bins->y[bin]) / (double)readings[bin];
	}
}

void bins_low(const double *t, const double *y, size_t n, double from, double to, size_t count,
	struct bins *ret_bins)
{
	bins_clear(ret_bins, from, to, count);
	for (size_t i = 0; i < n; i++) {
		size_t bin = bins_index(ret_bins, from, to, t[i]);

		if (bin == SIZE_MAX || isnan(y[i]) || y[i] >= ret_bins->y[bin])
			continue;
		ret_bins->y[bin] = y[i];
		ret_bins->t[bin] = t[i];
	}
}

static double bins_edge(const struct bins *bins, double from, double to, size_t edge)
{
	return edge == bins->n ? to : from + (double)edge * bins->width_s;
}

/* The counter at time `at`, between two readings; `before` may be SIZE_MAX: none yet. */
static double interpolate(
	const double *t, const double *counter, size_t before, size_t after, double at)
{
	if (at == t[after])
		return counter[after];
	if (before == SIZE_MAX)
		return NAN;
	return counter[before] +
	       (counter[after] - counter[before]) * (at - t[before]) / (t[after] - t[before]);
}

void bins_rate(const double *t, const double *counter, size_t n, double from, double to,
	size_t count, struct bins *ret_bins)
{
	double at_edge[BINS_MAX + 1];
	bool read[BINS_MAX] = {false};
	size_t edge = 0, previous = SIZE_MAX;

	bins_clear(ret_bins, from, to, count);
	for (size_t i = 0; i <= ret_bins->n; i++)
		at_edge[i] = NAN;
	for (size_t i = 0; i < n; i++) {
		size_t bin = bins_index(ret_bins, from, to, t[i]);

		if (isnan(counter[i]))
			continue;
		if (bin != SIZE_MAX)
			read[bin] = true;
		for (; edge <= ret_bins->n; edge++) {
			double at = bins_edge(ret_bins, from, to, edge);

			if (at > t[i])
				break;
			at_edge[edge] = interpolate(t, counter, previous, i, at);
		}
		previous = i;
	}
	for (size_t i = 0; i < ret_bins->n; i++) {
		ret_bins->t[i] = from + ((double)i + 0.5) * ret_bins->width_s;
		if (read[i])
			ret_bins->y[i] = (at_edge[i + 1] - at_edge[i]) / ret_bins->width_s;
	}
}

void bins_drop_empty(struct bins *bins)
{
	size_t kept = 0;

	for (size_t i = 0; i < bins->n; i++) {
		if (isnan(bins->y[i]))
			continue;
		bins->t[kept] = bins->t[i];
		bins->y[kept++] = bins->y[i];
	}
	bins->n = kept;
}
