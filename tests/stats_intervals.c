/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: intervals of counts, spreads and ratios against tables and independent computations. */
#include "soak/stats/poisson.h"
#include "soak/stats/rate_ratio.h"
#include "soak/stats/spread.h"
#include "tests/judge_random.h"
#include "tests/tap.h"

/* Garwood 1936, table I, to the two or three figures printed there; more digits by bisection of the
 * Poisson sum itself (Python, no library). The large count: the series of the incomplete gamma. */
static void test_poisson_values(void)
{
	static const double known[][3] = {
		{0, 0, 3.688879454},
		{1, 0.025317808, 5.571643391},
		{5, 1.62348639, 11.66833208},
		{10, 4.795388696, 18.39035604},
		{100, 81.36399125, 121.6267938},
		{20000, 19723.7676, 20279.133628},
	};
	double low, high;
	char what[80];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		poisson_interval(known[i][0], 0.95, &low, &high);
		snprintf(what, sizeof(what), "Garwood, %.0f events, low", known[i][0]);
		tap_near(low, known[i][1], 1e-7 * known[i][1], what);
		snprintf(what, sizeof(what), "Garwood, %.0f events, high", known[i][0]);
		tap_near(high, known[i][2], 1e-7 * known[i][2], what);
	}
	for (int count = 1, bad = 0; count <= 12000; count++) {
		poisson_interval(count, 0.95, &low, &high);
		bad += !(low < count && high > count && high - low < 4.2 * sqrt(count) + 4.0);
		if (count == 12000)
			tap_near(bad, 0, 0, "each count to 12 000 has bounds");
	}
	poisson_interval(2320, 0.95, &low, &high);
	tap_near(low, 2226.546327, 1e-5, "low of 2320, where GSL's search fails");
	poisson_interval(-1, 0.95, &low, &high);
	tap_near(high, NAN, 0, "a negative count has no interval");
	poisson_interval(INFINITY, 0.95, &low, &high);
	tap_near(high, NAN, 0, "an infinite count has no interval");
	poisson_interval(1e15, 0.95, &low, &high);
	tap_near((high - low) / 2.0 / sqrt(1e15), 1.959964, 1e-4, "a huge count is nearly normal");
}

static void test_poisson_exposure(void)
{
	double low, high, exposure;

	tap_near(poisson_exposure_needed(0, 1e-8, 0.95), 3.688879454e8, 10,
		"no calls at all: 3.69 / target ops decide");
	exposure = poisson_exposure_needed(2e-9, 1e-8, 0.95);
	poisson_interval(2e-9 * exposure, 0.95, &low, &high);
	tap_near(high, 1e-8 * exposure, 1e-6 * high,
		"below the target: its interval just touches it");
	exposure = poisson_exposure_needed(3e-8, 1e-8, 0.95);
	poisson_interval(3e-8 * exposure, 0.95, &low, &high);
	tap_near(
		low, 1e-8 * exposure, 1e-6 * low, "above the target: its interval just touches it");
	tap_near(poisson_exposure_needed(1e-8, 1e-8, 0.95), INFINITY, 0, "at the target: never");
	tap_near(poisson_exposure_needed(1, 0, 0.95), INFINITY, 0, "a target of zero: never");
}

static void test_poisson_coverage(void)
{
	uint64_t state = 17;
	int below = 0, above = 0;
	double low, high;

	for (int i = 0; i < 20000; i++) {
		poisson_interval(random_poisson(&state, 4.0), 0.95, &low, &high);
		below += high < 4.0;
		above += low > 4.0;
	}
	tap_between(below / 200.0, 0.0, 2.8, "per cent of intervals below the truth, 2.5 promised");
	tap_between(above / 200.0, 0.0, 2.8, "per cent of intervals above the truth, 2.5 promised");
}

/* By hand: mean 10, sum of squares 28, r = -0.5 (corrected -0.5625), no excess kurtosis. Quantiles
 * of chi-square with 3.635 df by bisection of the incomplete gamma series (Python). */
static void test_spread(void)
{
	static const double y[] = {10, 12, 9, 11, 8, 10, 13, 7}, flat[] = {5, 5, 5, 5};
	struct spread s;

	tap_near(spread(y, 8, 0.95, &s), 0, 0, "eight values have a spread");
	tap_near(s.mean, 10, 1e-12, "mean");
	tap_near(s.sd, 2, 1e-12, "standard deviation");
	tap_near(s.cv, 0.2, 1e-12, "coefficient of variation");
	tap_near(s.df, 3.635014837, 1e-8, "effective degrees of freedom");
	tap_near(s.cv_low, 0.1176597062, 1e-8, "interval of the CV, low");
	tap_near(s.cv_high, 0.6217753088, 1e-8, "interval of the CV, high");
	tap_near(spread(flat, 4, 0.95, &s) + s.cv_high, 0, 0, "constant values have a CV of 0");
	tap_near(spread(y, 2, 0.95, &s) < 0, 1, 0, "two values have none");
}

static void test_spread_coverage(void)
{
	uint64_t state = 5;
	int below = 0, above = 0;
	double y[100];
	struct spread s;

	for (int run = 0; run < 4000; run++) {
		for (int i = 0; i < 100; i++)
			y[i] = 100.0 + 2.0 * random_normal(&state);
		spread(y, 100, 0.95, &s);
		below += s.cv_high < 0.02;
		above += s.cv_low > 0.02;
	}
	tap_between(
		below / 40.0, 1.0, 4.0, "per cent of CV intervals below the truth, 2.5 promised");
	tap_between(
		above / 40.0, 1.0, 4.0, "per cent of CV intervals above the truth, 2.5 promised");
}

/* Written out in Python from the formula in rate_ratio.h; t quantile by Simpson's rule. */
static void test_rate_ratio(void)
{
	static const double f1[] = {10, 14, NAN, 9, 11}, e1[] = {1, 1, 1, 1, 1};
	static const double f2[] = {25, 20, 31, 24, 7}, e2[] = {1, 1, 1, 2, 0};
	static const double none[] = {0, 0, 0, 0, 0};
	struct rate_group groups[2] = {{f1, e1, 5}, {f2, e2, 5}};
	struct rate_ratio ratio;

	tap_near(rate_ratio(groups, 0.95, &ratio), 0, 0, "two groups have a ratio");
	tap_near(ratio.rate[0], 11, 1e-12, "first rate, the unread block left out");
	tap_near(ratio.rate[1], 20, 1e-12, "second rate, the block without exposure left out");
	tap_near(ratio.dispersion, 2.495454545, 1e-8, "dispersion");
	tap_near(ratio.ratio, 1.806741573, 1e-8, "ratio");
	tap_near(ratio.low, 0.9007902586, 1e-7, "interval of the ratio, low");
	tap_near(ratio.high, 3.623834828, 1e-7, "interval of the ratio, high");
	groups[0].count = groups[1].count = none;
	rate_ratio(groups, 0.95, &ratio);
	tap_between(ratio.high, 10, 1e4, "no events at all: the ratio may be anything");
	groups[0] = (struct rate_group){f1, e1, 1};
	groups[1] = (struct rate_group){f1, e1, 2};
	tap_near(rate_ratio(groups, 0.95, &ratio), 0, 0, "one block has the others' dispersion");
	groups[1].n = 1;
	tap_near(rate_ratio(groups, 0.95, &ratio) < 0, 1, 0, "two blocks show none");
}

int main(void)
{
	test_poisson_values();
	test_poisson_exposure();
	test_poisson_coverage();
	test_spread();
	test_spread_coverage();
	test_rate_ratio();
	return tap_done();
}
