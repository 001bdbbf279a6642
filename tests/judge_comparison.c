/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/*
 * TAP: what is decided from sets of runs: no more often wrongly than promised, by simulation; what
 * is required, in words and in figures. `judge_comparison N` simulates N comparisons of each kind,
 * and prints a table.
 */
#include <stdlib.h>

#include "soak/judge/comparison.h"
#include "tests/judge_random.h"
#include "tests/tap.h"

#define RUNS_MOST 16
#define OPS 1e8

/* How B's runs differ from A's, and all by themselves. */
struct world {
	size_t n[2];
	bool paired;
	double spread;    /* standard deviation of ln, from run to run */
	double spread_b;  /* of B alone; 0: the same */
	double mode_high; /* each run is so much faster by the toss of a coin; 0: none is */
	double ratio[COMPARED_COUNT];
	const char *require;
};

static struct world same(size_t na, size_t nb, double spread)
{
	struct world world = {.n = {na, nb}, .paired = na == nb, .spread = spread};

	for (int f = 0; f < COMPARED_COUNT; f++)
		world.ratio[f] = 1.0;
	return world;
}

static struct run_figures run_of(const struct world *world, int side, uint64_t *state)
{
	double spread = side && world->spread_b > 0.0 ? world->spread_b : world->spread;
	double x[COMPARED_COUNT];

	for (int f = 0; f < COMPARED_COUNT; f++)
		x[f] = (side ? world->ratio[f] : 1.0) * exp(spread * random_normal(state));
	if (world->mode_high > 0.0 && random_uniform(state) < 0.5)
		x[COMPARED_SPEED] *= 1.0 + world->mode_high;
	return (struct run_figures){.steady = true,
		.seconds = 60.0,
		.ops = OPS,
		.ops_per_s = 1e6 * x[COMPARED_SPEED],
		.rss_mean_bytes = 1e8 * x[COMPARED_RSS_MEAN],
		.rss_peak_bytes = 1e8 * x[COMPARED_RSS_PEAK],
		.memory_mean_bytes = 1e8 * x[COMPARED_MEMORY],
		.faults = random_poisson(state, 1e5 * x[COMPARED_FAULTS]),
		.churn_calls = random_poisson(state, 1e4 * x[COMPARED_CHURN])};
}

/* Its texts live until the next call. */
static struct comparison compare(const struct world *world, uint64_t *state)
{
	struct run_figures figures[2][RUNS_MOST];
	struct compared_set sets[2];
	struct comparison_settings settings;
	static struct comparison found;
	scoped_text error = {0};

	comparison_release(&found);
	comparison_settings_init(&settings, DECISION_BAND_ENV_PCT);
	if (world->require && comparison_require(&settings, world->require, &error))
		abort();
	for (int s = 0; s < 2; s++) {
		for (size_t i = 0; i < world->n[s]; i++)
			figures[s][i] = run_of(world, s, state);
		sets[s] = (struct compared_set){figures[s], world->n[s]};
	}
	if (comparison_of(sets, world->paired, &settings, &found))
		abort();
	return found;
}

struct rates {
	double go, no_go; /* in per cent of comparisons */
};

static struct rates simulate(const struct world *world, size_t comparisons)
{
	struct rates rates = {0};
	uint64_t state = 20;

	for (size_t i = 0; i < comparisons; i++) {
		enum decision decision = compare(world, &state).decision;

		rates.go += 100.0 / (double)comparisons * (decision == DECISION_GO);
		rates.no_go += 100.0 / (double)comparisons * (decision == DECISION_NO_GO);
	}
	return rates;
}

/* 2.5 % are promised; so many trials show no more than this, in all but 3 of 1000 tests. */
static double allowed(size_t comparisons)
{
	return 2.5 + 3.0 * sqrt(2.5 * 97.5 / (double)comparisons);
}

/* ---- error rates ----------------------------------------------------------------------------- */

/* Of the same program, and of a speed just within its thresholds, the larger false rate. */
static void test_sets(size_t na, size_t nb, bool paired, double spread, size_t comparisons)
{
	struct world world = same(na, nb, spread);
	struct rates equal, low, high;
	char what[100];

	world.paired = paired;
	equal = simulate(&world, comparisons);
	world.ratio[COMPARED_SPEED] = 1.01 - 1e-9;
	high = simulate(&world, comparisons);
	world.ratio[COMPARED_SPEED] = 0.99;
	low = simulate(&world, comparisons);
	printf("# %2zu %-7s %2zu, spread %3.1f %%: the same %4.2f GO %4.2f NO-GO; at the "
	       "threshold %4.2f GO %4.2f NO-GO\n",
		na, paired ? "pairs" : "against", nb, 100.0 * spread, equal.go, equal.no_go,
		high.go, low.no_go);
	snprintf(what, sizeof(what), "false GO and NO-GO of %zu and %zu runs%s, spread %.1f %%", na,
		nb, paired ? ", pairs" : "", 100.0 * spread);
	tap_between(fmax(fmax(equal.go, equal.no_go), fmax(high.go, low.no_go)), 0,
		allowed(comparisons), what);
}

static void test_error_rates(size_t comparisons)
{
	static const size_t sizes[][2] = {{3, 3}, {4, 4}, {5, 5}, {8, 8}, {11, 11}, {3, 8}, {8, 3},
		{11, 4}, {11, 2}, {11, 1}, {1, 5}};
	static const double spreads[] = {0.005, 0.02, 0.05};

	for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++)
		for (size_t i = 0; i < sizeof(spreads) / sizeof(*spreads); i++) {
			if (sizes[s][0] == sizes[s][1])
				test_sets(sizes[s][0], sizes[s][1], true, spreads[i], comparisons);
			test_sets(sizes[s][0], sizes[s][1], false, spreads[i], comparisons);
		}
}

static void test_unequal_spreads(size_t comparisons)
{
	static const size_t sizes[][2] = {{3, 3}, {5, 5}, {3, 8}, {8, 3}};

	for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
		struct world world = same(sizes[s][0], sizes[s][1], 0.01);
		struct rates rates;

		world.paired = false;
		world.spread_b = 0.03;
		world.ratio[COMPARED_SPEED] = 0.99;
		rates = simulate(&world, comparisons);
		printf("# %zu against %zu, spread 1 and 3 %%, at the threshold: %4.2f GO "
		       "%4.2f NO-GO\n",
			world.n[0], world.n[1], rates.go, rates.no_go);
		tap_between(fmax(rates.go, rates.no_go), 0, allowed(comparisons),
			"false GO and NO-GO where B spreads three times as wide");
	}
}

/* Runs that are fast or slow by chance: fewer than six of them decide nothing. */
static void test_modes(size_t comparisons)
{
	static const size_t sizes[][2] = {{3, 3}, {5, 5}, {8, 8}, {1, 5}, {2, 4}};
	struct world two = same(2, 2, 0.001);

	for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
		struct world world = same(sizes[s][0], sizes[s][1], 0.001);
		struct rates rates;

		world.mode_high = 0.1;
		rates = simulate(&world, comparisons);
		printf("# %zu and %zu runs of two speeds: %4.2f GO %4.2f NO-GO\n", world.n[0],
			world.n[1], rates.go, rates.no_go);
		tap_between(fmax(rates.go, rates.no_go), 0, allowed(comparisons),
			"false GO and NO-GO of a program that has two speeds");
	}
	two.ratio[COMPARED_SPEED] = 2.0;
	tap_between(simulate(&two, 100).go, 0, 0, "two pairs decide nothing, however different");
	two.n[0] = two.n[1] = 3;
	tap_between(simulate(&two, 100).go, 100, 100, "three pairs do");
}

/* The error of all figures together is that which is promised of one. */
static void test_required_rates(size_t comparisons)
{
	static const size_t sizes[] = {3, 5, 8};

	for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
		struct world world = same(sizes[s], sizes[s], 0.02);
		struct rates rates;

		world.require = "memory,rss,rss_peak,faults,churn";
		rates = simulate(&world, comparisons);
		tap_between(fmax(rates.go, rates.no_go), 0, allowed(comparisons),
			"false GO and NO-GO by six figures");
		world.ratio[COMPARED_RSS_MEAN] = world.ratio[COMPARED_RSS_PEAK] = 1.05;
		world.ratio[COMPARED_MEMORY] = 1.05;
		world.ratio[COMPARED_FAULTS] = world.ratio[COMPARED_CHURN] = 1.1;
		rates = simulate(&world, comparisons);
		printf("# %zu pairs, five figures at their margins: %4.2f NO-GO\n", sizes[s],
			rates.no_go);
		tap_between(rates.no_go, 0, allowed(comparisons),
			"false NO-GO where five figures are at their margins");
	}
}

/* ---- what is required ------------------------------------------------------------------------ */

static void decides(const char *require, enum compared figure, double ratio, enum decision want,
	const char *what)
{
	struct world world = same(5, 5, 0.001);
	struct comparison found;
	uint64_t state = 3;

	world.require = require;
	world.ratio[figure] = ratio;
	found = compare(&world, &state);
	tap_text(decision_name(found.decision), decision_name(want), what);
	printf("# %s\n", text_of(&found.reason));
}

static void test_required(void)
{
	decides(NULL, COMPARED_MEMORY, 1.5, DECISION_NEUTRAL, "memory does not decide unasked");
	decides("memory", COMPARED_MEMORY, 1.5, DECISION_NO_GO, "half as much memory again");
	decides("memory", COMPARED_MEMORY, 1.04, DECISION_NEUTRAL, "4 % more is allowed");
	decides("memory=3", COMPARED_MEMORY, 1.04, DECISION_NO_GO, "not of 3");
	decides("memory=4", COMPARED_MEMORY, 1.04, DECISION_INCONCLUSIVE, "at the limit");
	decides("memory", COMPARED_MEMORY, 0.8, DECISION_GO, "a fifth less memory");
	decides("rss,memory", COMPARED_RSS_MEAN, 1.5, DECISION_NO_GO, "RSS");
	decides("memory", COMPARED_RSS_MEAN, 1.5, DECISION_NEUTRAL, "which memory is not");
	decides("rss_peak", COMPARED_RSS_PEAK, 1.5, DECISION_NO_GO, "its peak");
	decides("faults", COMPARED_FAULTS, 1.5, DECISION_NO_GO, "faults");
	decides("churn,faults", COMPARED_CHURN, 1.5, DECISION_NO_GO, "churn");
	decides("churn", COMPARED_SPEED, 1.5, DECISION_GO, "faster, and nothing is worse");
	decides("churn", COMPARED_SPEED, 0.5, DECISION_NO_GO, "slower");
	decides("speed=off,memory", COMPARED_SPEED, 0.5, DECISION_NEUTRAL, "speed left out");
	decides("churn,churn=off", COMPARED_CHURN, 1.5, DECISION_NEUTRAL, "the last word counts");
}

static void test_reason(void)
{
	struct world world = same(5, 5, 0.001);
	struct comparison found;
	uint64_t state = 4;

	world.require = "memory,faults";
	world.ratio[COMPARED_MEMORY] = 1.5;
	world.ratio[COMPARED_FAULTS] = 2.0;
	found = compare(&world, &state);
	tap_has(text_of(&found.reason), "B's memory mean differs by +49.9 %, between ",
		"the reason has a figure,");
	tap_has(text_of(&found.reason), ", all of it above +5 %; B's page faults differ",
		"its limit, and others");
	tap_near(found.confidence, 1.0 - 0.05 / 3.0, 1e-12, "three figures share the error");
	world.n[1] = 1;
	world.paired = false;
	found = compare(&world, &state);
	tap_text(decision_name(found.decision), "NO-GO", "five runs against one");
	world = same(10, 3, 0.02);
	found = compare(&world, &state);
	tap_has(text_of(&found.advice), " further runs of A and ",
		"how many runs of each are asked for");
	tap_ok(found.further[1] == found.further[0] + 7, "as many of each in the end\n");
}

/* Events that hardly ever happen: few against none are no matter. */
static void test_few_events(void)
{
	static const double counts[][2] = {{0, 0}, {0, 2}, {2, 0}, {0, 100}};
	static const char *const wanted[] = {"NEUTRAL", "NEUTRAL", "NEUTRAL", "NO-GO"};
	struct run_figures figures[2][3];
	struct compared_set sets[2] = {{figures[0], 3}, {figures[1], 3}};
	struct comparison_settings settings;
	struct comparison found;
	scoped_text error = {0};

	comparison_settings_init(&settings, 1.0);
	comparison_require(&settings, "speed=off,churn", &error);
	for (size_t c = 0; c < sizeof(counts) / sizeof(*counts); c++) {
		for (int s = 0; s < 2; s++)
			for (size_t i = 0; i < 3; i++)
				figures[s][i] = (struct run_figures){.steady = true,
					.seconds = 60,
					.ops = 1e9,
					.ops_per_s = 1e7,
					.churn_calls = counts[c][s]};
		comparison_of(sets, true, &settings, &found);
		tap_text(decision_name(found.decision), wanted[c], text_of(&found.reason));
		comparison_release(&found);
	}
}

static void test_words(void)
{
	static const char *const bad[] = {"", "memory,", "nosuch", "memory=", "memory=x",
		"memory=-1", "memory=inf", "memory=nan", "memory faults", "speed=on", NULL};
	struct comparison_settings settings;
	scoped_text error = {0};

	comparison_settings_init(&settings, 0.5);
	tap_ok(!comparison_require(&settings, "speed=2,memory=0", &error), "taken\n");
	tap_near(settings.margin_pct[COMPARED_SPEED], 2, 0, "a threshold of speed");
	for (int i = 0; bad[i]; i++) {
		text_release(&error);
		tap_ok(comparison_require(&settings, bad[i], &error) && error.length, "refused");
		printf(": %s\n", text_of(&error));
	}
}

int main(int argc, char **argv)
{
	size_t comparisons = argc > 1 ? strtoul(argv[1], NULL, 10) : 400;

	test_error_rates(comparisons);
	test_unequal_spreads(comparisons);
	test_modes(comparisons);
	test_required_rates(comparisons);
	test_required();
	test_reason();
	test_few_events();
	test_words();
	return tap_done();
}
