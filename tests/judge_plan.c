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

/* Verdicts of the rule itself, on runs of tests/judge_series.h: other code than the planner's. */
static double share(struct plan plan_of_run, enum rule rule, enum verdict want)
{
	struct judge_settings settings;
	double wanted = 0.0;

	judge_settings_init(&settings);
	for (uint64_t run = 0; run < RUNS; run++) {
		struct judgement judgement;
		struct judge_input input;
		struct series series;

		plan_of_run.seed = 77 + run * 7919;
		series = series_new(&plan_of_run);
		input = series_input(&series);
		input.warmup_s = 0;
		if (judge_run(&input, &settings, &judgement) != 0)
			abort();
		series_free(&series);
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
	program.rss_every_s = program.ops_every_s = 1.0;
	program.rss_memory_s = program.ops_memory_s = run.rss_memory_s = run.ops_memory_s =
		memory_s;
	program.rss_noise = program.ops_noise = run.rss_noise = run.ops_noise = noise;
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
	test_cv();
	return tap_done();
}
