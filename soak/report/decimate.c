/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups of samples for soak/report/plot.c. The rules that they keep stand in the header. */
#include "soak/report/decimate.h"

#include <math.h>

size_t decimate_stride(size_t n, size_t limit)
{
	if (n == 0 || limit == 0)
		return 1;
	return (n + limit - 1) / limit;
}

size_t decimate_groups(size_t n, size_t stride)
{
	return (n + stride - 1) / stride;
}

static size_t group_end(size_t first, size_t stride, size_t n)
{
	return n - first > stride ? first + stride : n;
}

bool decimate_absent(const double *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!isnan(v[i]))
			return false;
	}
	return true;
}

double decimate_last(const double *v, size_t n)
{
	while (n > 0 && isnan(v[n - 1]))
		n--;
	return n > 0 ? v[n - 1] : NAN;
}

double decimate_growth(const double *t_s, const double *v, size_t n, double from_s, double to_s)
{
	double first = NAN, last = NAN;

	for (size_t i = 0; i < n; i++) {
		if (isnan(v[i]) || t_s[i] < from_s || t_s[i] > to_s)
			continue;
		first = isnan(first) ? v[i] : first;
		last = v[i];
	}
	return last - first;
}

void decimate_spans(const double *t_s, size_t n, size_t stride, struct group_span *ret_spans)
{
	for (size_t g = 0, first = 0; first < n; g++, first += stride) {
		size_t end = group_end(first, stride, n);

		ret_spans[g].from_s = t_s[first > 0 ? first - 1 : 0];
		ret_spans[g].to_s = t_s[end - 1];
	}
}

static struct group_gauge gauge_of(const double *v, size_t n)
{
	struct group_gauge group = {.low = NAN, .high = NAN, .mean = NAN};
	double sum = 0;
	size_t values = 0;

	for (size_t i = 0; i < n; i++) {
		if (isnan(v[i]))
			continue;
		group.low = fmin(group.low, v[i]);
		group.high = fmax(group.high, v[i]);
		sum += v[i];
		values++;
	}
	if (values > 0)
		group.mean = sum / (double)values;
	return group;
}

void decimate_gauge(const double *v, size_t n, size_t stride, struct group_gauge *ret_groups)
{
	for (size_t g = 0, first = 0; first < n; g++, first += stride)
		ret_groups[g] = gauge_of(v + first, group_end(first, stride, n) - first);
}

struct group_gauge decimate_extremes(const struct group_span *spans,
	const struct group_gauge *groups, size_t n, double from_s, double to_s)
{
	struct group_gauge all = {.low = NAN, .high = NAN, .mean = NAN};
	double sum = 0;
	size_t values = 0;

	for (size_t g = 0; g < n; g++) {
		if (spans[g].from_s < from_s || spans[g].to_s > to_s || isnan(groups[g].mean))
			continue;
		all.low = fmin(all.low, groups[g].low);
		all.high = fmax(all.high, groups[g].high);
		sum += groups[g].mean;
		values++;
	}
	if (values > 0)
		all.mean = sum / (double)values;
	return all;
}

struct reading {
	double t_s, v;
};

static double rate_between(struct reading a, struct reading b)
{
	return b.t_s > a.t_s && b.v >= a.v ? (b.v - a.v) / (b.t_s - a.t_s) : NAN;
}

void decimate_rate(
	const double *t_s, const double *v, size_t n, size_t stride, struct group_gauge *ret_per_s)
{
	struct reading last = {NAN, NAN};

	for (size_t g = 0, first = 0; first < n; g++, first += stride) {
		struct reading from = last;
		struct group_gauge group = {.low = NAN, .high = NAN, .mean = NAN};

		for (size_t i = first; i < group_end(first, stride, n); i++) {
			struct reading now = {t_s[i], v[i]};

			if (isnan(now.v))
				continue;
			if (isnan(from.v))
				from = now;
			group.low = fmin(group.low, rate_between(last, now));
			group.high = fmax(group.high, rate_between(last, now));
			group.mean = rate_between(from, now);
			last = now;
		}
		ret_per_s[g] = group;
	}
}

void decimate_calls(const double *v, size_t n, size_t stride, double *ret_calls)
{
	double counted = 0;

	for (size_t g = 0, first = 0; first < n; g++, first += stride) {
		double now = counted;

		for (size_t i = first; i < group_end(first, stride, n); i++) {
			if (!isnan(v[i]))
				now = v[i];
		}
		ret_calls[g] = now - counted;
		counted = now;
	}
}
