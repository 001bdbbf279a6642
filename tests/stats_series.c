/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: bins, lines, trends and marks of series against hand computations and published examples. */
#include "soak/stats/bins.h"
#include "soak/stats/highwater.h"
#include "soak/stats/linefit.h"
#include "soak/stats/mann_kendall.h"
#include "soak/stats/mser.h"
#include "soak/stats/theil_sen.h"
#include "tests/judge_random.h"
#include "tests/tap.h"

static void test_bins(void)
{
	static const double t[] = {0, 1, 2, 5, 6, 10}, y[] = {1, 3, NAN, 7, 5, 9};
	static const double counter[] = {0, 10, 20, 80, 80, 160};
	struct bins bins;

	bins_mean(t, y, 6, 0, 10, 5, &bins);
	tap_near(bins.y[0], 2, 1e-12, "mean of a bin");
	tap_near(bins.t[0], 0.5, 1e-12, "mean time of a bin's readings");
	tap_near(bins.y[1], NAN, 0, "a bin whose only reading is missing");
	tap_near(bins.y[4], 9, 0, "a reading at the very end belongs to the last bin");
	bins_low(t, y, 6, 0, 10, 2, &bins);
	tap_near(bins.y[1], 5, 0, "lowest reading of a bin");
	tap_near(bins.t[1], 6, 0, "and its time");
	bins_rate(t, counter, 6, 0, 10, 5, &bins);
	tap_near(bins.y[0], 10, 1e-12, "rate of a counter");
	tap_near(bins.y[2], (80.0 - 60.0) / 2.0, 1e-12, "an edge between readings is interpolated");
	tap_near(bins.y[3], 20, 1e-12, "the counter went up between readings");
	bins_rate(t, counter, 6, 2, 4, 2, &bins);
	tap_near(bins.y[1], NAN, 0, "a bin inside a gap has no rate");
	bins_drop_empty(&bins);
	tap_near((double)bins.n, 1, 0, "empty bins are dropped");
	bins_mean(t, y, 0, 0, 0, 0, &bins);
	tap_near((double)bins.n, 1, 0, "no samples, no length, no count: one empty bin");
	bins_mean(t, y, 6, 0, 10, 100000, &bins);
	tap_near((double)bins.n, BINS_MAX, 0, "never more bins than BINS_MAX");
}

/* F. J. Anscombe, "Graphs in statistical analysis", 1973, first set: slope 0.500, error 0.118. */
static void test_linefit_published(void)
{
	static const double x[] = {10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5};
	static const double y[] = {
		8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68};
	struct linefit fit;

	linefit(x, y, 11, 0.95, &fit);
	tap_near(fit.slope, 0.50009, 1e-5, "Anscombe's slope");
	tap_near(linefit_at(&fit, 0), 3.00009, 1e-5, "Anscombe's intercept");
	tap_between(fit.slope_se, 0.11791, 0.13, "no less than Anscombe's standard error");
}

/* Written out in Python from the formulas in linefit.h: the AR(1) variance is the largest here. */
static void test_linefit_correlated(void)
{
	static const double x[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
	static const double y[] = {1, 2, 4, 3, 2, 4, 6, 8, 7, 6, 5, 8};
	struct linefit fit;

	linefit(x, y, 12, 0.95, &fit);
	tap_near(fit.slope, 0.5524475524, 1e-9, "slope of a correlated series");
	tap_near(fit.correlation, 0.550130022, 1e-9, "correlation with its bias taken out");
	tap_near(fit.slope_se, 0.2140994651, 1e-9, "error of the slope by AR(1)");
	tap_near(fit.df, 1.482572208, 1e-8, "effective degrees of freedom");
	tap_near(fit.slope_low, -0.7571392, 1e-6, "interval of the slope, low");
	tap_near(fit.slope_high, 1.86203403, 1e-6, "interval of the slope, high");
	tap_near(linefit(x, y, 2, 0.95, &fit) < 0, 1, 0, "two points have no error");
	tap_near(linefit(y + 8, y, 0, 0.95, &fit) < 0, 1, 0, "no points have no line");
}

/* AR(1) of correlation 0.9 without a slope: how often does the interval miss 0? */
static void test_linefit_coverage(void)
{
	uint64_t state = 11;
	double x[200], y[200];
	struct linefit fit;
	int missed = 0;

	for (int run = 0; run < 2000; run++) {
		double noise = random_normal(&state);

		for (int i = 0; i < 200; i++) {
			noise = 0.9 * noise + sqrt(1.0 - 0.81) * random_normal(&state);
			x[i] = i;
			y[i] = noise;
		}
		linefit(x, y, 200, 0.95, &fit);
		missed += fit.slope_low > 0.0 || fit.slope_high < 0.0;
	}
	tap_between(missed / 20.0, 2.0, 8.0, "per cent of AR(1) slopes that miss, 5 promised");
}

static void test_mser(void)
{
	double y[200];
	uint64_t state = 3;
	bool settled;

	for (int i = 0; i < 200; i++)
		y[i] = (i < 40 ? 50.0 + i : 100.0) + random_normal(&state);
	tap_between(mser_truncation(y, 200, 0, &settled), 36, 45, "a ramp of 40 values");
	tap_near(settled, 1, 0, "and it has settled");
	for (int i = 0; i < 200; i++)
		y[i] = 100.0 + i + random_normal(&state);
	tap_near(mser_truncation(y, 200, 0, &settled), 0, 0, "a leak is no warm-up");
	for (int i = 0; i < 200; i++)
		y[i] = i < 40 ? 5.0 * i : 200.0 + 2.0 * (i - 40);
	tap_between(mser_truncation(y, 200, 0.1, &settled), 39, 41,
		"a warm-up, then a leak: the leak is kept");
	for (int i = 0; i < 200; i++)
		y[i] = 100.0 * (1.0 - exp(-i / 60.0));
	tap_near(mser_truncation(y, 200, 0, &settled), 100, 0, "at most half is cut");
	tap_near(settled, 0, 0, "and that means: never settled");
	for (int i = 0; i < 200; i++)
		y[i] = i < 60 ? 100.0 : 101.0;
	tap_near(mser_truncation(y, 200, 1e-3, &settled), 60, 0, "one step that matters");
	tap_near(mser_truncation(y, 200, 2, &settled), 0, 0, "one step, within tolerance");
	tap_near(mser_truncation(y, 3, 0, &settled), 0, 0, "three values are not cut");
}

/* Hand-counted S and variance; the correction in Python from Hamed and Rao's formula. */
static void test_mann_kendall(void)
{
	static const double tied[] = {1, 2, 2, 3, 3, 3, 4, 5};
	static const double waves[] = {0, 1, 0, 6, 7, 6, 2, 1, 2, 8, 9, 7, 3, 4, 3, 9, 8, 9, 5, 4};
	static const double humps[] = {
		3, 2, 1, 0, 1, 2, 3, 6, 9, 12, 13, 12, 13, 12, 11, 10, 11, 10, 12, 13};
	double line[20], flat[20] = {0};
	struct mann_kendall test;

	mann_kendall(tied, 8, &test);
	tap_near(test.s, 24, 0, "S with ties");
	tap_near(test.variance, 182.0 / 3.0, 1e-9, "variance with ties");
	mann_kendall(waves, 20, &test);
	tap_near(test.s, 71, 0, "S of waves");
	tap_near(test.correction, 1, 1e-9, "waves whose lags cancel: never below 1");
	mann_kendall(humps, 20, &test);
	tap_near(test.correction, 1.954098198, 1e-9, "correction for one slow hump");
	tap_near(test.z, 2.365837732, 1e-9, "z with the correction");
	for (int i = 0; i < 20; i++)
		line[i] = 0.1 * i;
	mann_kendall(line, 20, &test);
	tap_near(test.s, 190, 0, "a line rises in every pair");
	tap_near(test.correction, 1, 0, "rounding is no correlation");
	mann_kendall(flat, 20, &test);
	tap_near(test.z, 0, 0, "a constant has no trend");
	tap_near(mann_kendall(line, 3, &test) < 0, 1, 0, "three values are too few");
	tap_near(theil_sen_slope(tied, 8), 0.5, 1e-12, "Theil-Sen slope");
	tap_near(theil_sen_slope(tied, 1), NAN, 0, "one value has no slope");
}

static double count_troughs(const double *y, size_t n, double depth, size_t *low, size_t room)
{
	size_t found = troughs(y, n, depth, low, room);

	return (double)found;
}

static void test_highwater(void)
{
	static const double y[] = {3, 1, 4, 1, 5, 5, 9, 2, 6};
	static const double teeth[] = {0, 5, 10, 2, 8, 9, 1, 4, 3, 11, 0};
	struct highwater found = highwater(y, 9, 0);
	size_t low[3];

	tap_near((double)found.marks, 3, 0, "new highs: 4, 5, 9");
	tap_near((double)found.last, 6, 0, "the last of them");
	tap_near(highwater(y, 9, 1.5).marks, 2, 0, "a rise of more than 1.5: 5, 9");
	tap_near(highwater(y, 0, 0).marks, 0, 0, "an empty series has none");
	tap_near(count_troughs(teeth, 11, 5, low, 3), 2, 0, "two lows with a rise behind them");
	tap_near((double)low[0], 3, 0, "where the first is");
	tap_near((double)low[1], 6, 0, "and the second");
	tap_near(count_troughs(teeth, 11, 20, low, 3), 0, 0, "none of that depth");
	tap_near(count_troughs(teeth, 11, 0, low, 3), 0, 0, "a depth of nothing counts nothing");
	low[1] = 0;
	tap_near(count_troughs(teeth, 11, 5, low, 1) + (double)low[1], 2, 0,
		"what there is no room for is counted alone");
}

int main(void)
{
	test_bins();
	test_linefit_published();
	test_linefit_correlated();
	test_linefit_coverage();
	test_mser();
	test_mann_kendall();
	test_highwater();
	return tap_done();
}
