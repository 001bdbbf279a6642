/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Change points: how often one is found where there is none, and how often where there is one. */
#include <math.h>
#include <stdlib.h>

#include "soak/stats/changes.h"
#include "tests/judge_random.h"
#include "tests/tap.h"

#define MOST 60
#define CONFIDENCE 0.99

enum noise { NORMAL, TAILS, TWO_SPEEDS, LIMITS };

static const char *const names[] = {"normal", "with outliers", "of two speeds"};

static double noise_of(enum noise noise, uint64_t *state)
{
	switch (noise) {
	case TAILS:
		return random_normal(state) * (random_uniform(state) < 0.1 ? 10.0 : 1.0);
	case TWO_SPEEDS:
		return (random_uniform(state) < 0.5 ? 0.0 : 8.0) + random_normal(state);
	default:
		return random_normal(state);
	}
}

/* Without a change: in how many of `trials` series is one found? */
static double false_alarms(enum noise noise, size_t n, size_t trials)
{
	uint64_t state = 1 + n;
	size_t found = 0, at[MOST];
	double y[MOST];

	for (size_t trial = 0; trial < trials; trial++) {
		for (size_t t = 0; t < n; t++)
			y[t] = noise_of(noise, &state);
		found += changes_find(y, n, CONFIDENCE, at) > 0;
	}
	return (double)found / (double)trials;
}

static void test_false_alarms(size_t trials)
{
	static const size_t sizes[] = {6, 12, 20, 60};
	double allowed = 0.01 + 3.0 * sqrt(0.01 * 0.99 / (double)trials);

	for (enum noise noise = NORMAL; noise < LIMITS; noise++)
		for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
			double rate = false_alarms(noise, sizes[s], trials);

			printf("# %s, %zu runs: %.2f %%\n", names[noise], sizes[s], 100.0 * rate);
			tap_between(rate, 0.0, allowed, "false changes");
		}
}

struct planted {
	const char *what;
	size_t at[2], n; /* levels: 0 before at[0], `step` up to at[1], then 0 again */
	double step;     /* in standard deviations */
	double least;    /* of the trials find exactly these changes, each within one value */
};

static bool is_near(size_t a, size_t b)
{
	return (a > b ? a - b : b - a) <= 1;
}

static double share_found(const struct planted *planted, size_t trials)
{
	size_t wanted = planted->at[1] < planted->n ? 2 : 1, found = 0, at[MOST];
	uint64_t state = 7;
	double y[MOST];

	for (size_t trial = 0; trial < trials; trial++) {
		long changes;

		for (size_t t = 0; t < planted->n; t++)
			y[t] = random_normal(&state) +
			       (t >= planted->at[0] && t < planted->at[1] ? planted->step : 0.0);
		changes = changes_find(y, planted->n, CONFIDENCE, at);
		found += changes == (long)wanted && is_near(at[0], planted->at[0]) &&
			 (wanted < 2 || is_near(at[1], planted->at[1]));
	}
	return (double)found / (double)trials;
}

static void test_planted(size_t trials)
{
	static const struct planted cases[] = {
		{"a step, 10 runs before and 10 after", {10, 20}, 20, 3.0, 0.85},
		{"a step down", {10, 20}, 20, -3.0, 0.85},
		{"3 runs after 17", {17, 20}, 20, 8.0, 0.85},
		{"3 runs after 17, of 4", {17, 20}, 20, 4.0, 0.3},
		{"taken back after 10 runs", {10, 20}, 30, 5.0, 0.85},
		{"few runs, a large step", {6, 12}, 12, 8.0, 0.85},
		{"11 runs, the fewest", {6, 11}, 11, 20.0, 0.95}};

	for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
		double share = share_found(&cases[c], trials);

		printf("# %s: %.0f %%\n", cases[c].what, 100.0 * share);
		tap_between(share, cases[c].least, 1.0, cases[c].what);
	}
}

/* What is no change, or cannot be told. */
static void test_none(void)
{
	static const double constant[] = {3, 3, 3, 3, 3, 3, 3, 3, 3, 3},
			    outlier[] = {3, 3, 3, 3, 3, 3, 3, 3, 3, 9}, few[] = {1, 1, 9, 9};
	size_t at[10];

	tap_ok(changes_find(constant, 10, CONFIDENCE, at) == 0, "constant values\n");
	tap_ok(changes_find(outlier, 10, CONFIDENCE, at) == 0, "one outlier\n");
	tap_ok(changes_find(few, 4, CONFIDENCE, at) == 0, "too few values\n");
	tap_ok(changes_find(few, 0, CONFIDENCE, at) == 0, "no values\n");
}

int main(int argc, char **argv)
{
	size_t trials = argc > 1 ? strtoul(argv[1], NULL, 10) : 300;

	test_false_alarms(trials);
	test_planted(trials / 3);
	test_none();
	return tap_done();
}
