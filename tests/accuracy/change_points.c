/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Change points: see change_points.h. */
#include <math.h>
#include <string.h>

#include "soak/stats/theil_sen.h"
#include "tests/accuracy/change_points.h"
#include "tests/judge_random.h"

#define SEGMENT_MIN 10
#define PERMUTATIONS 99
#define SIGNIFICANCE 0.05
#define PARAMETERS 3.0

static double mean_of(const double *y, size_t n)
{
	double mean = 0;

	for (size_t i = 0; i < n; i++)
		mean += (y[i] - mean) / (double)(i + 1);
	return mean;
}

/*
 * The largest energy statistic of all splits of y. Sums of distances within the left side, within
 * the right side and between them are kept while values move from right to left.
 */
static double best_split(const double *y, size_t n, size_t *ret_at)
{
	double left = 0, right = 0, between = 0, best = -INFINITY;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			right += fabs(y[i] - y[j]);
	for (size_t k = 0; k < n; k++) {
		double a = (double)k + 1, b = (double)(n - k) - 1, statistic;
		double to_left = 0, to_right = 0;

		for (size_t j = 0; j < k; j++)
			to_left += fabs(y[k] - y[j]);
		for (size_t j = k + 1; j < n; j++)
			to_right += fabs(y[k] - y[j]);
		left += to_left;
		right -= to_right;
		between += to_right - to_left;
		if (a < SEGMENT_MIN || b < SEGMENT_MIN)
			continue;
		statistic = 2 * between / (a * b) - 2 * left / (a * (a - 1)) -
			    2 * right / (b * (b - 1));
		statistic *= a * b / (a + b);
		if (statistic > best) {
			best = statistic;
			*ret_at = k + 1;
		}
	}
	return best;
}

static void shuffle(double *y, size_t n, uint64_t *state)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)(random_uniform(state) * (double)i);
		double held = y[i - 1];

		y[i - 1] = y[j];
		y[j] = held;
	}
}

static int splits(const double *y, size_t n, uint64_t *state, size_t *ret_at)
{
	double shuffled[CHANGE_VALUES_MAX], found = best_split(y, n, ret_at);
	size_t as_large = 1, at;

	memcpy(shuffled, y, n * sizeof(*y));
	for (int i = 0; i < PERMUTATIONS; i++) {
		shuffle(shuffled, n, state);
		as_large += best_split(shuffled, n, &at) >= found;
		if ((double)as_large > SIGNIFICANCE * (PERMUTATIONS + 1))
			return 0;
	}
	return 1;
}

/* Fills in the means as segments come up, from left to right. */
static void divide(const double *y, size_t n, uint64_t *state, struct segments *segments)
{
	size_t at;

	if (n >= 2 * SEGMENT_MIN && splits(y, n, state, &at)) {
		divide(y, at, state, segments);
		divide(y + at, n - at, state, segments);
		return;
	}
	segments->last = mean_of(y, n);
	if (segments->n++ == 0)
		segments->first = segments->last;
}

struct segments e_divisive(const double *y, size_t n, uint64_t seed)
{
	struct segments segments = {.n = 0};

	divide(y, n, &seed, &segments);
	return segments;
}

static double noise_variance(const double *y, size_t n)
{
	double difference[CHANGE_VALUES_MAX];

	for (size_t i = 1; i < n; i++)
		difference[i - 1] = fabs(y[i] - y[i - 1]);
	return pow(1.4826 * median_in_place(difference, n - 1), 2) / 2;
}

struct segments pelt(const double *y, size_t n, double resolution)
{
	double cost[CHANGE_VALUES_MAX + 1], sum[CHANGE_VALUES_MAX + 1] = {0};
	double squares[CHANGE_VALUES_MAX + 1] = {0}, mean = mean_of(y, n);
	size_t from[CHANGE_VALUES_MAX + 1], kept[CHANGE_VALUES_MAX + 1], candidates = 1;
	double penalty =
		PARAMETERS * log((double)n) * (noise_variance(y, n) + resolution * resolution / 12);
	struct segments segments = {.n = 0};

	cost[0] = -penalty;
	kept[0] = 0;
	for (size_t t = 1; t <= n; t++) {
		double with[CHANGE_VALUES_MAX + 1];
		size_t left = 0;

		sum[t] = sum[t - 1] + y[t - 1] - mean;
		squares[t] = squares[t - 1] + pow(y[t - 1] - mean, 2);
		cost[t] = INFINITY;
		for (size_t c = 0; c < candidates; c++) {
			size_t s = kept[c];

			with[c] = cost[s] + squares[t] - squares[s] -
				  pow(sum[t] - sum[s], 2) / (double)(t - s);
			if (with[c] + penalty < cost[t]) {
				cost[t] = with[c] + penalty;
				from[t] = s;
			}
		}
		/* what is worse by a whole change now will never be the last one again */
		for (size_t c = 0; c < candidates; c++)
			if (with[c] <= cost[t])
				kept[left++] = kept[c];
		kept[left++] = t;
		candidates = left;
	}
	for (size_t t = n; t > 0; t = from[t]) {
		segments.first = mean_of(y + from[t], t - from[t]);
		if (segments.n++ == 0)
			segments.last = segments.first;
	}
	return segments;
}
