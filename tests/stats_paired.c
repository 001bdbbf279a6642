/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: paired ratios and what is decided from them, against hand-made figures and by simulation. */
#include "soak/judge/decision.h"
#include "soak/stats/paired.h"
#include "soak/stats/summary.h"
#include "tests/judge_random.h"
#include "tests/tap.h"

/* d = ln 1.1, ln 1.2, ln 1.3; t(0.975; 2) = 4.30265273, t(0.975; 1) = 12.7062047 from tables. */
static void test_ratio(void)
{
	static const double a[] = {100, 50, 200}, b[] = {110, 60, 260};
	double mean = (log(1.1) + log(1.2) + log(1.3)) / 3.0;
	double sd =
		sqrt((pow(log(1.1) - mean, 2) + pow(log(1.2) - mean, 2) + pow(log(1.3) - mean, 2)) /
			2.0);
	struct paired p;

	tap_near(paired_ratio(a, b, 3, 0.95, &p), 0, 0, "three pairs have a ratio");
	tap_near(p.ratio, cbrt(1.1 * 1.2 * 1.3), 1e-12, "the geometric mean of ratios");
	tap_near(p.log_sd, sd, 1e-12, "scatter of the logarithms");
	tap_near(p.low, exp(mean - 4.30265273 * sd / sqrt(3)), 1e-8, "interval, low");
	tap_near(p.high, exp(mean + 4.30265273 * sd / sqrt(3)), 1e-8, "interval, high");
	paired_ratio(b, a, 3, 0.95, &p);
	tap_near(p.low, exp(-mean - 4.30265273 * sd / sqrt(3)), 1e-8, "the other way: inverse");
	paired_ratio(a, b, 2, 0.95, &p);
	mean = (log(1.1) + log(1.2)) / 2.0;
	tap_near(log(p.high) - mean, 12.7062047 * (log(1.2) - log(1.1)) / 2.0, 1e-7, "two pairs");
}

static void test_ratio_odd(void)
{
	static const double a[] = {100, 100}, zero[] = {100, 0}, hole[] = {NAN, 100},
			    much[] = {100, INFINITY};
	struct paired p;

	tap_near(paired_ratio(a, a, 1, 0.95, &p), 0, 0, "one pair has a ratio");
	tap_near(p.low, NAN, 0, "and no interval");
	tap_near(paired_ratio(a, a, 2, 0.95, &p) + p.low + p.high, 2, 0, "equal values: 1 [1, 1]");
	tap_near(paired_ratio(a, a, 0, 0.95, &p) < 0, 1, 0, "no pair has none");
	tap_near(paired_ratio(a, zero, 2, 0.95, &p) < 0, 1, 0, "nor has a zero");
	tap_near(paired_ratio(hole, a, 2, 0.95, &p) < 0, 1, 0, "nor a value that is not there");
	tap_near(paired_ratio(a, much, 2, 0.95, &p) < 0, 1, 0, "nor infinity");
}

/* Sets that are no pairs: written out from the formulas in paired.h; t quantiles from tables. */
static void test_unpaired(void)
{
	static const double a[] = {100, 110, 130}, b[] = {150, 120, 140, 130};
	double mean[2] = {0}, variance[2] = {0}, error, freedom;
	struct paired p;

	for (int i = 0; i < 3; i++)
		mean[0] += log(a[i]) / 3.0;
	for (int i = 0; i < 4; i++)
		mean[1] += log(b[i]) / 4.0;
	for (int i = 0; i < 3; i++)
		variance[0] += pow(log(a[i]) - mean[0], 2) / 2.0;
	for (int i = 0; i < 4; i++)
		variance[1] += pow(log(b[i]) - mean[1], 2) / 3.0;
	tap_near(
		unpaired_ratio(a, 3, b, 4, 0.95, &p), 0, 0, "three runs against four have a ratio");
	tap_near(log(p.ratio), mean[1] - mean[0], 1e-12, "of geometric means");
	tap_near((double)(10 * p.n + p.runs), 37, 0, "of seven runs");
	tap_near(p.log_sd, sqrt(variance[0] + variance[1]), 1e-12, "and a spread");
	error = variance[0] / 3.0 + variance[1] / 4.0;
	freedom =
		error * error / (pow(variance[0] / 3.0, 2) / 2.0 + pow(variance[1] / 4.0, 2) / 3.0);
	tap_between(freedom, 3, 4, "Welch's degrees of freedom");
	tap_between((log(p.high) - log(p.ratio)) / sqrt(error), 2.776445, 3.182446,
		"the interval has t of so many");
	tap_near(log(p.high) - log(p.ratio), log(p.ratio) - log(p.low), 1e-12, "on both sides");
	unpaired_ratio(a, 3, b, 1, 0.95, &p);
	tap_near(log(p.high) - log(p.ratio), 4.30265273 * sqrt(variance[0] * (1.0 + 1.0 / 3.0)),
		1e-8, "one run is spread as the others are");
	unpaired_ratio(a, 1, b, 1, 0.95, &p);
	tap_near(p.high, NAN, 0, "one against one has no interval");
	tap_near(unpaired_ratio(a, 3, b, 0, 0.95, &p) < 0, 1, 0, "no run has no ratio");
	unpaired_ratio(a, 1, a, 3, 0.95, &p);
	tap_ok(p.low < 1.0 && p.high > 1.0, "one of them against itself\n");
}

static void test_summary(void)
{
	static const double y[] = {5, 1, 4, 2};
	struct summary s;

	summary_of(y, 4, &s);
	tap_near(s.mean, 3, 1e-12, "mean");
	tap_near(s.median, 3, 1e-12, "median of an even number");
	tap_near(s.min * 10 + s.max, 15, 1e-12, "least and most");
	tap_near(s.cv, sqrt(10.0 / 3.0) / 3.0, 1e-12, "coefficient of variation");
	summary_of(y, 3, &s);
	tap_near(s.median, 4, 1e-12, "median of an odd number");
	summary_of(y, 1, &s);
	tap_near(s.cv, NAN, 0, "one value does not vary");
	summary_of(y, 0, &s);
	tap_near(s.mean, NAN, 0, "no values, no mean");
}

static struct paired made(size_t n, double ratio, double half_log)
{
	return (struct paired){.n = n,
		.runs = 2 * n,
		.ratio = ratio,
		.low = ratio * exp(-half_log),
		.high = ratio * exp(half_log),
		.log_mean = log(ratio),
		.log_sd = half_log * sqrt((double)n) / 2.262157163}; /* t(0.975; 9): for n = 10 */
}

static void decides(double ratio, double half, double band, enum decision want, const char *what)
{
	struct paired p = made(10, ratio, half);
	size_t further;

	tap_text(decision_name(decide(&p, band, 0.95, &further)), decision_name(want), what);
}

static void test_decisions(void)
{
	decides(1.02, 0.005, 1.0, DECISION_GO, "+2 % give or take 0.5: GO");
	decides(1.02, 0.02, 1.0, DECISION_INCONCLUSIVE, "+2 % give or take 2: not known");
	decides(1.007, 0.001, 1.0, DECISION_NEUTRAL, "+0.7 %: NEUTRAL of an environment");
	decides(1.007, 0.001, 0.5, DECISION_GO, "+0.7 %: GO of a build");
	decides(0.993, 0.001, 1.0, DECISION_NEUTRAL, "-0.7 %: NEUTRAL of an environment");
	decides(0.993, 0.001, 0.5, DECISION_NO_GO, "-0.7 %: NO-GO of a build");
	decides(0.985, 0.002, 1.0, DECISION_NO_GO, "-1.5 %: NO-GO");
	decides(0.985, 0.01, 1.0, DECISION_INCONCLUSIVE, "-1.5 % give or take 1: not known");
	decides(1.0, 0.05, 1.0, DECISION_INCONCLUSIVE, "0 give or take 5 %: straddles both");
	decides(1.01, 0, 1.0, DECISION_GO, "exactly +1 % is GO");
	decides(0.99, 0, 1.0, DECISION_NEUTRAL, "exactly -1 % is still in the band");
}

/* With the pairs that were asked for, and the same mean and scatter, it decides; with one less not.
 */
static void asks_enough(double ratio, const char *what)
{
	struct paired p = made(10, ratio, 0.02), more;
	size_t further, ignored, total;

	decide(&p, 1.0, 0.95, &further);
	total = 10 + further;
	for (int less = 0; less < 2; less++) {
		double values[2000], ones[2000], mean = 0.0, scale = 0.0;
		size_t n = total - (size_t)less;

		/* alternating deviations of the sample sd wanted, about the mean wanted */
		for (size_t i = 0; i < n; i++)
			mean += (values[i] = i % 2 ? 1.0 : -1.0) / (double)n;
		for (size_t i = 0; i < n; i++)
			scale += pow(values[i] - mean, 2) / (double)(n - 1);
		for (size_t i = 0; i < n; i++) {
			ones[i] = 1.0;
			values[i] = exp(p.log_mean + (values[i] - mean) / sqrt(scale) * p.log_sd);
		}
		paired_ratio(ones, values, n, 0.95, &more);
		tap_near(
			decide(&more, 1.0, 0.95, &ignored) == DECISION_INCONCLUSIVE, less, 0, what);
	}
}

static void test_further(void)
{
	struct paired one = made(1, 1.5, NAN), p = made(10, 1.01, 0.02);
	size_t further;

	asks_enough(1.015, "as many pairs as it asks for, GO");
	asks_enough(1.002, "as many pairs as it asks for, NEUTRAL");
	asks_enough(0.98, "as many pairs as it asks for, NO-GO");
	tap_near(
		decide(&one, 1.0, 0.95, &further), DECISION_INCONCLUSIVE, 0, "one pair: not known");
	tap_near((double)further, 9, 0, "one pair: nine more");
	decide(&p, 1.0, 0.95, &further);
	tap_near((double)further, 0, 0, "at a threshold: no number of pairs");
}

/* Of all intervals, the share that lie wholly above the truth, and wholly below, in per cent. One
 * value in twenty may be `slow` times as long: a host that took the CPU away. */
static void coverage(size_t n, double slow, double most, const char *what)
{
	uint64_t state = 11;
	int above = 0, below = 0;
	double a[10], b[10];
	struct paired p;

	for (int run = 0; run < 20000; run++) {
		for (size_t i = 0; i < n; i++) {
			double machine = exp(0.05 * random_normal(&state));

			a[i] = machine * exp(0.01 * random_normal(&state));
			b[i] = machine * exp(0.01 * random_normal(&state));
			a[i] /= random_uniform(&state) < 0.05 ? slow : 1.0;
			b[i] /= random_uniform(&state) < 0.05 ? slow : 1.0;
		}
		paired_ratio(a, b, n, 0.95, &p);
		above += p.low > 1.0;
		below += p.high < 1.0;
	}
	tap_between(above / 200.0, 0, most, what);
	tap_between(below / 200.0, 0, most, what);
}

static void test_coverage(void)
{
	coverage(3, 1.0, 2.9, "misses of 3 pairs, 2.5 promised");
	coverage(10, 1.0, 2.9, "misses of 10 pairs, 2.5 promised");
	coverage(10, 1.3, 2.5, "misses of 10 pairs with outliers, 2.5 promised");
}

int main(void)
{
	test_ratio();
	test_ratio_odd();
	test_unpaired();
	test_summary();
	test_decisions();
	test_further();
	test_coverage();
	return tap_done();
}
