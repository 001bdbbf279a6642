/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TAP: how often the judge errs, over hundreds of generated runs; and that it is quick. */
#include <time.h>

#include "soak/judge/judge.h"
#include "tests/judge_series.h"
#include "tests/tap.h"

#define RUNS 300

static const struct plan quarter_hour = {
	.seconds = 900,
	.interval_s = 1,
	.rss_bytes = 100 * MIB,
	.rss_noise = 0.02,
	.ops_per_s = 5e7,
	.ops_noise = 0.02,
	.faults_per_op = 1e-6,
};

/* Shares of RUNS runs, in per cent. */
struct rates {
	double fail[RULE_COUNT], pass[RULE_COUNT];
};

static struct rates judge_many(struct plan plan)
{
	struct judge_settings settings;
	struct rates rates = {0};

	judge_settings_init(&settings);
	for (uint64_t run = 0; run < RUNS; run++) {
		struct judgement judgement;
		struct judge_input input;
		struct series series;

		plan.seed = 1000 + run * 7919;
		series = series_new(&plan);
		input = series_input(&series);
		judge_run(&input, &settings, &judgement);
		series_free(&series);
		for (int i = 0; i < RULE_COUNT; i++) {
			rates.fail[i] +=
				(judgement.rules[i].verdict == VERDICT_FAIL) * 100.0 / RUNS;
			rates.pass[i] +=
				(judgement.rules[i].verdict == VERDICT_PASS) * 100.0 / RUNS;
		}
		judgement_release(&judgement);
	}
	return rates;
}

static void test_false_alarms(void)
{
	static const double memory_s[] = {0, 10, 60, 200};
	struct plan plan = quarter_hour;
	char what[120];

	for (int m = 0; m < 4; m++) {
		struct rates rates;

		plan.rss_memory_s = plan.ops_memory_s = memory_s[m];
		rates = judge_many(plan);
		snprintf(what, sizeof(what), "false FAIL of drift, noise over %.0f s", memory_s[m]);
		tap_between(rates.fail[RULE_RSS_DRIFT], 0, 4, what);
		snprintf(what, sizeof(what), "false FAIL of monotonic, noise over %.0f s",
			memory_s[m]);
		tap_between(rates.fail[RULE_RSS_MONOTONIC], 0, 3, what);
		snprintf(what, sizeof(what), "false FAIL of the drop, noise over %.0f s",
			memory_s[m]);
		tap_between(rates.fail[RULE_THROUGHPUT_DROP], 0, 3, what);
	}
}

/* At the target itself both errors should stay near 2.5 %; beyond it a PASS is an error. */
static void test_at_the_target(void)
{
	struct plan plan = quarter_hour;
	struct rates rates;

	plan.leak_pct_per_hour = 5;
	plan.ops_fall_pct = 5;
	rates = judge_many(plan);
	tap_between(rates.fail[RULE_RSS_DRIFT], 0, 5, "FAIL of a drift that equals its target, %");
	tap_between(rates.pass[RULE_RSS_DRIFT], 0, 5, "PASS of a drift that equals its target, %");
	tap_between(
		rates.fail[RULE_THROUGHPUT_DROP], 0, 5, "FAIL of a drop that equals its target, %");
	tap_between(
		rates.pass[RULE_THROUGHPUT_DROP], 0, 5, "PASS of a drop that equals its target, %");
	plan.leak_pct_per_hour = 8;
	plan.rss_memory_s = 60;
	rates = judge_many(plan);
	tap_between(rates.pass[RULE_RSS_DRIFT], 0, 3, "PASS of 8 %/h in correlated noise, %");
}

static void test_power(void)
{
	struct plan plan = quarter_hour;
	struct rates rates;

	plan.leak_pct_per_hour = 20;
	plan.ops_fall_pct = 7;
	plan.fault_growth_pct = 40;
	rates = judge_many(plan);
	tap_between(rates.fail[RULE_RSS_DRIFT], 95, 100,
		"20 %/h in 15 min with 2 % noise is caught, %");
	tap_between(rates.fail[RULE_THROUGHPUT_DROP], 98, 100, "a drop of 7 % is caught, %");
	tap_between(rates.fail[RULE_FAULT_GROWTH], 90, 100,
		"faults that grow by a quarter are caught, %");
}

static void test_fault_bursts(void)
{
	struct plan plan = quarter_hour;
	struct rates rates;

	plan.fault_burst = 100;
	rates = judge_many(plan);
	tap_between(rates.fail[RULE_FAULT_GROWTH], 0, 3, "false FAIL of even faults in bursts, %");
	plan.fault_burst = 1000;
	rates = judge_many(plan);
	tap_between(rates.fail[RULE_FAULT_GROWTH], 0, 3, "of such in bursts of 1000, %");
}

static void test_late_faults(void)
{
	static const double from[] = {0.5, 0.8, 0.9};
	struct plan plan = quarter_hour;
	char what[80];

	for (size_t i = 0; i < sizeof(from) / sizeof(*from); i++) {
		plan.faults_double_s = from[i] * plan.seconds;
		snprintf(what, sizeof(what), "faults that double after %.0f %%, FAIL, %%",
			100.0 * from[i]);
		tap_between(judge_many(plan).fail[RULE_FAULT_GROWTH], 99, 100, what);
	}
}

static void test_speed(void)
{
	struct plan plan = quarter_hour;
	struct judge_settings settings;
	struct judgement judgement;
	struct judge_input input;
	struct series series;
	clock_t start;

	plan.seconds = 36000;
	plan.interval_s = 0.1;
	series = series_new(&plan);
	input = series_input(&series);
	judge_settings_init(&settings);
	start = clock();
	judge_run(&input, &settings, &judgement);
	tap_between((double)(clock() - start) / CLOCKS_PER_SEC, 0, 1,
		"seconds of CPU for 360 000 samples");
	judgement_release(&judgement);
	series_free(&series);
}

int main(void)
{
	test_false_alarms();
	test_at_the_target();
	test_power();
	test_fault_bursts();
	test_late_faults();
	test_speed();
	return tap_done();
}
