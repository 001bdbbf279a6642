/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: two counts, two means, two estimates: against tables, sums and simulation. */
#include "soak/stats/count_ratio.h"
#include "soak/stats/interval.h"
#include "soak/stats/mean_ratio.h"
#include "tests/judge_random.h"
#include "tests/tap.h"

/*
 * The first row is the example of poisson.test() in the manual of R; all of them by bisection of
 * the binomial sum itself (Python, no library).
 */
static void test_count_values(void)
{
	static const double known[][6] = {
		{21, 3011, 11, 800, 0.8584264034, 4.277265944},
		{3, 1e8, 9, 1e8, 0.7486844502, 17.22800313},
		{5, 2e9, 0, 1e9, 0, 2.182558210},
		{0, 1, 7, 1, 1.441308519, INFINITY},
		{0, 1, 0, 1, 0, INFINITY},
	};
	double low, high;
	char what[80];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const double *k = known[i];

		count_ratio_interval(k[0], k[1], k[2], k[3], 0.95, &low, &high);
		snprintf(what, sizeof(what), "%.0f against %.0f events, low", k[2], k[0]);
		tap_near(low, k[4], 1e-8 * k[4], what);
		snprintf(what, sizeof(what), "%.0f against %.0f events, high", k[2], k[0]);
		tap_near(high, k[5], 1e-8 * k[5], what);
	}
	count_ratio_interval(1, 0, 1, 1, 0.95, &low, &high);
	tap_near(low, NAN, 0, "no exposure, no interval");
	count_ratio_interval(1, 1, -1, 1, 0.95, &low, &high);
	tap_near(high, NAN, 0, "a negative count has no interval");
}

/* Where the two ways of computing it meet, they must agree; and large counts must not fail. */
static void test_count_many(void)
{
	double low[2], high[2];

	count_ratio_interval(4999, 1, 5001, 1, 0.95, &low[0], &high[0]);
	count_ratio_interval(5000, 1, 5002, 1, 0.95, &low[1], &high[1]);
	tap_near(low[1], low[0], 2e-4, "at 10 000 events both ways agree, low");
	tap_near(high[1], high[0], 2e-4, "at 10 000 events both ways agree, high");
	count_ratio_interval(1e12, 1, 1e12, 1, 0.95, &low[0], &high[0]);
	tap_near((high[0] - 1) * 1e6, 1.959964 * sqrt(2), 1e-3, "1e12 events are nearly normal");
	count_ratio_interval(0, 1, 1e6, 1, 0.95, &low[0], &high[0]);
	tap_between(
		low[0], 2.6e5, 2.8e5, "a million against none: 3.69 is the most that none may be");
	tap_near(high[0], INFINITY, 0, "and no upper limit");
	count_ratio_interval(1e6, 1, 0, 1, 0.95, &low[0], &high[0]);
	tap_between(high[0], 3.6e-6, 3.8e-6, "none against a million");
}

/* No pair of counts makes the exact interval fail, or leave out the ratio that was seen. */
static void test_count_grid(void)
{
	int wrong = 0;

	for (double k0 = 0; k0 <= 10000; k0 = floor(k0 * 1.3) + 1)
		for (double k1 = 0; k0 + k1 <= 12000; k1 = floor(k1 * 1.3) + 1) {
			double low, high;

			count_ratio_interval(k0, 1, k1, 1, 0.95, &low, &high);
			wrong += !(low <= high) || (k0 > 0 && !(low <= k1 / k0 && high >= k1 / k0));
		}
	tap_near(wrong, 0, 0, "counts up to 10 000: intervals that do not hold the ratio seen");
}

static void test_count_coverage(void)
{
	uint64_t state = 5;
	int missed = 0, runs = 4000;

	for (int i = 0; i < runs; i++) {
		double k0 = random_poisson(&state, 8.0), k1 = random_poisson(&state, 12.0);
		double low, high;

		count_ratio_interval(k0, 2.0, k1, 1.0, 0.95, &low, &high);
		missed += low > 3.0 || high < 3.0;
	}
	tap_between(100.0 * missed / runs, 0, 5, "per cent of exact intervals that miss");
}

static void fill(double *y, size_t n, double mean, double r, double trend, uint64_t *state)
{
	double noise = random_normal(state);

	for (size_t i = 0; i < n; i++) {
		noise = r * noise + sqrt(1 - r * r) * random_normal(state);
		y[i] = mean + noise + trend * ((double)i - (double)(n - 1) / 2);
	}
}

/* Share in per cent of intervals of a ratio of 1.1 that miss it. */
static double mean_misses(double r, double trend)
{
	uint64_t state = 11;
	int missed = 0, runs = 2000;

	for (int i = 0; i < runs; i++) {
		double y[2][100];
		struct mean_group group[2] = {{y[0], 100, 0}, {y[1], 100, 0}};
		struct mean_ratio ratio;

		fill(y[0], 100, 100.0, r, trend, &state);
		fill(y[1], 100, 110.0, r, trend, &state);
		if (mean_ratio(group, 0.95, &ratio) != 0 || ratio.low > 1.1 || ratio.high < 1.1)
			missed++;
	}
	return 100.0 * missed / runs;
}

static void test_means(void)
{
	const double flat[] = {8, 8, 8, 8, 8}, double_flat[] = {16, 16, 16, 16, 16};
	const double falling[] = {3, 1, -1, -3, -5};
	struct mean_group group[2] = {{flat, 5, 0}, {double_flat, 5, 0}};
	struct mean_ratio ratio;

	tap_ok(mean_ratio(group, 0.95, &ratio) == 0, "two constants\n");
	tap_near(ratio.ratio, 2, 1e-12, "their ratio");
	tap_near(ratio.high, 2, 1e-12, "without noise the interval is a point");
	group[1].se_least = 1.6;
	mean_ratio(group, 0.95, &ratio);
	/* df 3: t = 3.18244630528 */
	tap_near(log(ratio.high / 2), 0.1 * 3.18244630528, 1e-9,
		"but for what was known beforehand");
	group[1].n = 3;
	tap_ok(mean_ratio(group, 0.95, &ratio) < 0, "three values are too few\n");
	group[1] = (struct mean_group){falling, 5, 0};
	tap_ok(mean_ratio(group, 0.95, &ratio) < 0, "a negative mean has no ratio\n");
	tap_between(mean_misses(0, 0), 3, 7, "per cent of intervals that miss, white noise");
	tap_between(mean_misses(0.5, 0), 3, 8, "the same, r = 0.5");
	tap_between(mean_misses(0.8, 0), 3, 9, "the same, r = 0.8");
	tap_between(mean_misses(0, 0.5), 3, 7, "the same, with a trend");
}

static void test_difference(void)
{
	struct interval a = {10, 7, 14}, b = {30, 25, 42}, d = interval_difference(a, b);

	tap_near(d.estimate, 20, 0, "the second less the first");
	tap_near(d.low, 20 - hypot(5, 4), 1e-12, "low: its own low and the other's high");
	tap_near(d.high, 20 + hypot(12, 3), 1e-12, "high: its own high and the other's low");
}

int main(void)
{
	test_count_values();
	test_count_many();
	test_count_grid();
	test_count_coverage();
	test_means();
	test_difference();
	return tap_done();
}
