/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TAP: runs as long as planned are decided in 90 % of cases; shorter ones are not. */
#include <math.h>

#include "soak/judge/plan.h"
#include "soak/judge/plan_trial.h"
#include "soak/stats/poisson.h"
#include "soak/stats/poisson_plan.h"
#include "tests/judge_series.h"
#include "tests/tap.h"

#define RUNS 400

/* The RSS of the series is memory; so much of files comes on top of it. */
static void show_memory(
	const struct series *series, double file_bytes, double *spare, struct judge_input *input)
{
	for (size_t i = 0; i < series->n; i++)
		spare[i] = file_bytes;
	input->series[SERIES_MEMORY] = series->rss;
	input->series[SERIES_RSS] = NULL;
	input->series[SERIES_FILE] = spare;
	input->series[SERIES_SHMEM] = input->series[SERIES_SWAP] = input->series[SERIES_PGTABLES] =
		spare + series->n;
}

static double file_bytes;

/* Verdicts of the rule itself, on runs of tests/judge_series.h: other code than the planner's. */
static double share(struct plan plan_of_run, enum rule rule, enum verdict want)
{
	struct judge_settings settings;
	double wanted = 0.0, *spare;

	judge_settings_init(&settings);
	for (int r = 0; r < RULE_COUNT; r++)
		settings.skip[r] = r != (int)rule;
	for (uint64_t run = 0; run < RUNS; run++) {
		struct judgement judgement;
		struct judge_input input;
		struct series series;

		plan_of_run.seed = 77 + run * 7919;
		series = series_new(&plan_of_run);
		input = series_input(&series);
		input.warmup_s = 0;
		spare = calloc(2 * series.n, sizeof(double));
		if (!spare)
			abort();
		if (rule == RULE_MEMORY_DRIFT)
			show_memory(&series, file_bytes, spare, &input);
		if (judge_run(&input, &settings, &judgement) != 0)
			abort();
		series_free(&series);
		free(spare);
		wanted += judgement.rules[rule].verdict == want;
		judgement_release(&judgement);
	}
	return 100.0 * wanted / RUNS;
}

static void test_counts(void)
{
	double ops;

	tap_near(poisson_plan_below(0, 1e-8, 0.95, 0.9), 3.688879454e8, 1, "no calls: 3.69/target");
	ops = poisson_plan_below(3e-9, 1e-8, 0.95, 0.9);
	tap_between(ops, 1.2e9, 2e9, "a third of the target takes more ops");
	tap_ok(isinf(poisson_plan_below(1e-8, 1e-8, 0.95, 0.9)), "at the target: never\n");
	tap_ok(isinf(poisson_plan_above(1e-8, 1e-8, 0.95, 0.9)), "at the target: never found\n");
	for (double rate = 2e-8; rate < 1e-7; rate *= 2.0) {
		uint64_t state = 1;
		double found = 0.0, low, high;

		ops = poisson_plan_above(rate, 1e-8, 0.95, 0.9);
		for (int run = 0; run < 4000; run++) {
			poisson_interval(random_poisson(&state, rate * ops), 0.95, &low, &high);
			found += (low > 1e-8 * ops) / 40.0;
		}
		tap_between(found, 89, 98, "a rate beyond the target is found, %");
	}
}

static void test_rules(double noise, double memory_s)
{
	struct plan_program program;
	struct plan_need need[RULE_COUNT];
	struct judge_settings settings;
	struct plan run = {.interval_s = 1, .rss_bytes = 64 * MIB, .ops_per_s = 50e6};

	judge_settings_init(&settings);
	plan_program_init(&program);
	program.rss.every_s = program.ops_every_s = 1.0;
	program.rss.memory_s = program.ops_memory_s = run.rss_memory_s = run.ops_memory_s =
		memory_s;
	program.rss.noise = program.ops_noise = run.rss_noise = run.ops_noise = noise;
	program.memory = program.rss;
	if (plan(&program, &settings, 2.0, need) != 0)
		abort();
	printf("# noise %g over %g s: drift %.0f and %.0f s, drop %.0f and %.0f s\n", noise,
		memory_s, need[RULE_RSS_DRIFT].pass_s, need[RULE_RSS_DRIFT].detect_s,
		need[RULE_THROUGHPUT_DROP].pass_s, need[RULE_THROUGHPUT_DROP].detect_s);
	run.seconds = need[RULE_RSS_DRIFT].pass_s;
	tap_between(share(run, RULE_RSS_DRIFT, VERDICT_PASS), 89, 100, "drift passes as planned");
	run.seconds /= 3.0;
	tap_between(
		share(run, RULE_RSS_DRIFT, VERDICT_PASS), 0, 80, "in a third of that it does not");
	run.seconds = need[RULE_RSS_DRIFT].detect_s;
	run.leak_pct_per_hour = 10;
	tap_between(share(run, RULE_RSS_DRIFT, VERDICT_FAIL), 89, 100, "a leak fails as planned");
	run.leak_pct_per_hour = 0;
	run.seconds = need[RULE_THROUGHPUT_DROP].pass_s;
	tap_between(share(run, RULE_THROUGHPUT_DROP, VERDICT_PASS), 88, 100, "the drop passes");
	run.seconds = need[RULE_THROUGHPUT_DROP].detect_s;
	run.ops_fall_pct = 10;
	tap_between(share(run, RULE_THROUGHPUT_DROP, VERDICT_FAIL), 88, 100, "a fall fails");
}

/* A program of 64 MiB that maps files of 192 MiB: per cent are of all of it. */
static void test_memory(void)
{
	struct plan_program program;
	struct plan_need need[RULE_COUNT];
	struct judge_settings settings;
	struct plan run = {.interval_s = 1,
		.rss_bytes = 64 * MIB,
		.rss_noise = 0.02,
		.ops_per_s = 50e6,
		.ops_noise = 0.01};

	judge_settings_init(&settings);
	for (int r = 0; r < RULE_COUNT; r++)
		settings.skip[r] = r != RULE_MEMORY_DRIFT && r != RULE_RSS_DRIFT;
	plan_program_init(&program);
	program.rss.every_s = program.memory.every_s = 1.0;
	program.rss.noise = program.memory.noise = run.rss_noise;
	if (plan(&program, &settings, 2.0, need) != 0)
		abort();
	tap_near(need[RULE_MEMORY_DRIFT].pass_s, need[RULE_RSS_DRIFT].pass_s, 0,
		"memory that is RSS takes as long as RSS");
	program.memory.beside_bytes = file_bytes = 192 * MIB;
	if (plan(&program, &settings, 2.0, need) != 0)
		abort();
	tap_between(need[RULE_MEMORY_DRIFT].pass_s, 1, 0.7 * need[RULE_RSS_DRIFT].pass_s,
		"of a larger level five per cent are seen earlier");
	run.seconds = need[RULE_MEMORY_DRIFT].pass_s;
	tap_between(
		share(run, RULE_MEMORY_DRIFT, VERDICT_PASS), 88, 100, "memory passes as planned");
	run.seconds /= 3.0;
	tap_between(share(run, RULE_MEMORY_DRIFT, VERDICT_PASS), 0, 80,
		"in a third of that it does not");
	run.seconds = need[RULE_MEMORY_DRIFT].detect_s;
	run.leak_pct_per_hour = 4 * 10; /* of the memory alone */
	tap_between(share(run, RULE_MEMORY_DRIFT, VERDICT_FAIL), 88, 100, "a leak fails");
}

static void test_cv(void)
{
	struct plan_program program;
	struct plan_need need[RULE_COUNT];
	struct judge_settings settings;
	struct plan run = {.interval_s = 0.5, .rss_bytes = 64 * MIB, .ops_per_s = 50e6};

	judge_settings_init(&settings);
	for (int r = 0; r < RULE_COUNT; r++)
		settings.skip[r] = r != RULE_THROUGHPUT_CV;
	plan_program_init(&program);
	if (plan(&program, &settings, 2.0, need) != 0)
		abort();
	run.seconds = need[RULE_THROUGHPUT_CV].pass_s;
	run.ops_noise = 0.01 * sqrt(2.0); /* two samples in each bin */
	tap_between(share(run, RULE_THROUGHPUT_CV, VERDICT_PASS), 88, 100, "a CV of 1 % passes");
	run.seconds = need[RULE_THROUGHPUT_CV].detect_s;
	run.ops_noise = 0.04 * sqrt(2.0);
	tap_between(share(run, RULE_THROUGHPUT_CV, VERDICT_FAIL), 88, 100, "a CV of 4 % fails");
}

int main(void)
{
	test_counts();
	test_rules(0.01, 0);
	test_rules(0.01, 10);
	test_memory();
	test_cv();
	return tap_done();
}
