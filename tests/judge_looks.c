/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TAP: all looks of --stop-when-sure together err no more often than promised, and a leak ends
 * early. */
#include "soak/judge/looks.h"
#include "tests/judge_series.h"
#include "tests/tap.h"

#define RUNS 300
#define LONGEST_S 3600.0

struct tally {
	double fail, pass; /* at any look, in per cent of runs */
	double mean_s;     /* when the run ended */
};

/* Only rss_drift: the others would end runs, or hold them up, on their own. */
static struct tally look_at_many(struct plan plan, bool shared_out)
{
	int looks = looks_count(LONGEST_S);
	struct judge_settings settings;
	struct tally tally = {0};

	judge_settings_init(&settings);
	for (int r = 0; r < RULE_COUNT; r++)
		settings.skip[r] = r != RULE_RSS_DRIFT;
	if (shared_out)
		settings.confidence = looks_confidence(settings.confidence, looks);
	for (uint64_t run = 0; run < RUNS; run++) {
		struct series series;
		struct judgement j = {.verdict = VERDICT_INCONCLUSIVE}, before = {.verdict = 0};
		bool decided = false;
		double at = 0.0;

		plan.seed = 5 + run * 7919;
		series = series_new(&plan);
		for (int look = 1; look <= looks && !decided; look++) {
			struct judge_input input = series_input(&series);

			judgement_release(&before);
			before = j;
			at = looks_time(LONGEST_S, look);
			input.n = (size_t)(at / plan.interval_s) + 1;
			judge_run(&input, &settings, &j);
			decided = looks_decided(look > 1 ? &before : NULL, &j);
		}
		tally.fail += (j.rules[RULE_RSS_DRIFT].verdict == VERDICT_FAIL) * 100.0 / RUNS;
		tally.pass += (j.rules[RULE_RSS_DRIFT].verdict == VERDICT_PASS) * 100.0 / RUNS;
		tally.mean_s += at / RUNS;
		judgement_release(&before);
		judgement_release(&j);
		series_free(&series);
	}
	return tally;
}

static void test_schedule(void)
{
	tap_near(looks_count(10), 1, 0, "a run too short for two looks has one");
	tap_near(looks_count(3600), 7, 0, "looks at an hour");
	tap_near(looks_time(3600, 1), 56.25, 1e-9, "the first of them, s");
	tap_near(looks_time(3600, 7), 3600, 1e-9, "the last");
	tap_near(looks_confidence(0.95, 7), 1 - 0.05 / 7, 1e-12, "the confidence of each");
}

static void test_decided(void)
{
	struct judgement j;

	for (int r = 0; r < RULE_COUNT; r++)
		j.rules[r].verdict = VERDICT_PASS;
	j.rules[RULE_CHURN_BUDGET].verdict = VERDICT_NOT_JUDGED;
	j.rules[RULE_CROSSCHECK].verdict = VERDICT_INCONCLUSIVE;
	tap_ok(looks_decided(&j, &j), "all pass, crosscheck is not there yet\n");
	tap_ok(!looks_decided(NULL, &j), "once is not enough\n");
	j.rules[RULE_FAULT_GROWTH].verdict = VERDICT_INCONCLUSIVE;
	tap_ok(!looks_decided(&j, &j), "one is undecided\n");
	j.rules[RULE_RSS_MONOTONIC].verdict = VERDICT_FAIL;
	tap_ok(!looks_decided(&j, &j), "rss_monotonic alone ends nothing\n");
	j.rules[RULE_RSS_DRIFT].verdict = VERDICT_FAIL;
	tap_ok(looks_decided(NULL, &j), "one fails: that is a verdict\n");
	for (int r = 0; r < RULE_COUNT; r++)
		j.rules[r].verdict = VERDICT_NOT_JUDGED;
	tap_ok(!looks_decided(&j, &j), "nothing judged is nothing decided\n");
}

static void test_errors(double memory_s)
{
	struct plan plan = {.seconds = LONGEST_S,
		.interval_s = 1,
		.rss_bytes = 100 * MIB,
		.rss_noise = 0.002,
		.rss_memory_s = memory_s,
		.leak_pct_per_hour = 5};
	struct tally at = look_at_many(plan, true), naive = look_at_many(plan, false), leak;

	printf("# memory %g s: naive looks FAIL %.1f %%, PASS %.1f %%\n", memory_s, naive.fail,
		naive.pass);
	tap_between(at.fail, 0, 4, "FAIL at any look of a drift that equals its target, %");
	tap_between(at.pass, 0, 4, "PASS at any look of it, %");
	plan.leak_pct_per_hour = 0;
	tap_between(look_at_many(plan, true).fail, 0, 2, "FAIL at any look of no drift, %");
	plan.leak_pct_per_hour = 60;
	leak = look_at_many(plan, true);
	tap_between(leak.fail, 99, 100, "a leak of 60 %/h fails, %");
	tap_between(leak.mean_s, 50, 600, "within minutes, s");
}

int main(void)
{
	test_schedule();
	test_decided();
	test_errors(0);
	test_errors(10);
	return tap_done();
}
