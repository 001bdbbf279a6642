/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: what the judge makes of runs that are short, lossy, full of holes or absurd; settings. */
#include <errno.h>

#include "soak/judge/judge.h"
#include "tests/judge_series.h"
#include "tests/tap.h"

static const struct plan ten_minutes = {
	.seed = 1,
	.seconds = 600,
	.interval_s = 0.1,
	.rss_bytes = 500 * MIB,
	.ops_per_s = 5e7,
	.ops_noise = 0.01,
};

static const struct judge_cross agreeing[] = {{"mmap", 12, 12, 0, 0}, {"munmap", 7, 7, 0, 0}};

static const struct judge_cross differing[] = {{"mmap", 12, 12, 0, 0}, {"munmap", 7, 9, 0, 0}};

static struct judgement judge(const struct judge_input *input)
{
	struct judge_settings settings;
	static struct judgement judgement; /* its texts live until the next call */

	judge_settings_init(&settings);
	judgement_release(&judgement);
	if (judge_run(input, &settings, &judgement) != 0)
		abort();
	return judgement;
}

static void expect(enum verdict got, enum verdict want, const char *what)
{
	tap_ok(got == want, what);
	printf(" (got %s, want %s)\n", verdict_name(got), verdict_name(want));
}

/*
 * Nothing but INCONCLUSIVE, each with a reason and an advice; how the target ended is known, and
 * swap is not read in any of these runs (tests/judge_memory.c).
 */
static void expect_nothing_known(const struct judgement *j, const char *what)
{
	int unsure = 0, explained = 0, judged = 0;

	for (int i = 0; i < RULE_SYSCALL_RATE; i++) {
		if (i == RULE_MEMORY_DRIFT)
			continue;
		judged += j->rules[i].verdict != VERDICT_NOT_JUDGED;
		unsure += j->rules[i].verdict == VERDICT_INCONCLUSIVE;
		explained += j->rules[i].reason.length && j->rules[i].advice.length;
	}
	tap_near(judged, RULE_SYSCALL_RATE - 2, 0, "all but the optional rule and memory");
	tap_near(unsure + explained, 2 * judged, 0, what);
}

static void test_all_well(void)
{
	struct series series = series_new(&ten_minutes);
	struct judge_input input = series_input(&series);
	struct judgement j;

	input.ncross = 2;
	input.cross = agreeing;
	j = judge(&input);
	expect(j.verdict, VERDICT_PASS, "all well");
	tap_text(text_of(&j.reason), "all 8 rules pass; not judged: memory_drift", "and said so");
	input.target_failed = true;
	input.target_end = "was killed by SIGSEGV";
	j = judge(&input);
	expect(j.verdict, VERDICT_FAIL, "a target that crashed fails");
	tap_has(text_of(&j.rules[RULE_TARGET_EXIT].reason), "killed by SIGSEGV",
		"and the reason says why");
	series_free(&series);
}

static void test_losses(void)
{
	struct series series = series_new(&ten_minutes);
	struct judge_input input = series_input(&series);
	struct judgement j;

	input.ncross = 2;
	input.cross = agreeing;
	input.lost_events = 1;
	j = judge(&input);
	expect(j.rules[RULE_SYSCALL_BUDGET].verdict, VERDICT_INCONCLUSIVE, "lost events: budget");
	expect(j.rules[RULE_CROSSCHECK].verdict, VERDICT_INCONCLUSIVE, "lost events: crosscheck");
	expect(j.rules[RULE_RSS_DRIFT].verdict, VERDICT_PASS, "lost events do not touch drift");
	input.lost_events = 0;
	input.unfollowed = 1;
	input.cross = differing;
	j = judge(&input);
	expect(j.rules[RULE_CROSSCHECK].verdict, VERDICT_INCONCLUSIVE,
		"unfollowed: no FAIL either");
	expect(j.rules[RULE_SYSCALL_BUDGET].verdict, VERDICT_INCONCLUSIVE, "unfollowed: budget");
	input.unfollowed = 0;
	input.skipped = 3;
	j = judge(&input);
	expect(j.rules[RULE_CROSSCHECK].verdict, VERDICT_INCONCLUSIVE,
		"skipped probes explain a difference");
	expect(j.rules[RULE_SYSCALL_BUDGET].verdict, VERDICT_INCONCLUSIVE,
		"skipped probes: budget");
	input.cross = agreeing;
	j = judge(&input);
	expect(j.rules[RULE_CROSSCHECK].verdict, VERDICT_PASS,
		"skipped probes of other processes: perf_event has counted the same");
	expect(j.rules[RULE_SYSCALL_BUDGET].verdict, VERDICT_PASS,
		"skipped probes of other processes: budget");
	input.ncross = 0;
	j = judge(&input);
	expect(j.rules[RULE_SYSCALL_BUDGET].verdict, VERDICT_INCONCLUSIVE,
		"skipped probes, and no second source to tell whose");
	input.ncross = 2;
	input.skipped = 0;
	input.cross_unsure = 4;
	j = judge(&input);
	expect(j.rules[RULE_CROSSCHECK].verdict, VERDICT_PASS,
		"attached: compared to within 4 calls");
	input.cross_unsure = 101;
	j = judge(&input);
	expect(j.rules[RULE_CROSSCHECK].verdict, VERDICT_INCONCLUSIVE,
		"attached: compared to within 101 of 19 calls");
	input.cross_unsure = 0;
	input.missed_ticks = 0.06 * (double)input.n;
	j = judge(&input);
	expect(j.rules[RULE_RSS_DRIFT].verdict, VERDICT_INCONCLUSIVE, "missed ticks: drift");
	expect(j.rules[RULE_THROUGHPUT_CV].verdict, VERDICT_INCONCLUSIVE, "missed ticks: CV");
	expect(j.rules[RULE_SYSCALL_BUDGET].verdict, VERDICT_PASS, "missed ticks: not the budget");
	input.missed_ticks = 0.04 * (double)input.n;
	j = judge(&input);
	expect(j.rules[RULE_RSS_DRIFT].verdict, VERDICT_PASS, "a few missed ticks do not matter");
	series_free(&series);
}

/* The kernel's two sources agree; what the allocators of two processes counted is the question. */
static void test_allocator(struct judge_input *input)
{
	struct judge_cross own[] = {
		{"mmap", 5, 5, 1, 0}, {"munmap", 3, 3, 1, 0}, {"mmap", 8, 7, 2, 0}};
	struct judgement j;

	input->allocator = own;
	input->nallocator = 3;
	j = judge(input);
	expect(j.rules[RULE_CROSSCHECK].verdict, VERDICT_FAIL, "an allocator missed a call");
	tap_has(text_of(&j.rules[RULE_CROSSCHECK].reason),
		"process 2, mmap: 8 calls from the allocator's code, 7 by the allocator's own",
		"where it did is said");
	own[2].b = 9;
	j = judge(input);
	expect(j.rules[RULE_CROSSCHECK].verdict, VERDICT_FAIL, "an allocator counted one twice");
	own[2].b = 8;
	j = judge(input);
	expect(j.rules[RULE_CROSSCHECK].verdict, VERDICT_PASS, "allocators agree");
	tap_has(text_of(&j.rules[RULE_CROSSCHECK].reason), "its own 16 in 2 processes",
		"and how much");
	own[2].b = 6;
	own[2].unsure = 2;
	j = judge(input);
	expect(j.rules[RULE_CROSSCHECK].verdict, VERDICT_PASS, "calls that were under way");
	own[2].b = 5;
	j = judge(input);
	expect(j.rules[RULE_CROSSCHECK].verdict, VERDICT_FAIL, "more than were under way");
	input->nallocator = 0;
}

static void test_crosscheck(void)
{
	struct judge_cross cross[] = {{"mmap", 12, 12, 0, 0}, {"munmap", 1048576, 1048575, 0, 0}};
	struct judge_input input = {
		.warmup_s = -1, .page_bytes = PAGE, .ncross = 2, .cross = cross};
	struct judgement j = judge(&input);

	expect(j.rules[RULE_CROSSCHECK].verdict, VERDICT_FAIL, "one call in a million differs");
	tap_has(text_of(&j.rules[RULE_CROSSCHECK].reason),
		"munmap: 1048576 calls by the first, 1048575 by the second",
		"both counts are said");
	cross[1].b = 1048576;
	j = judge(&input);
	expect(j.rules[RULE_CROSSCHECK].verdict, VERDICT_PASS, "no call differs");
	test_allocator(&input);
	cross[1].b = NAN;
	j = judge(&input);
	expect(j.rules[RULE_CROSSCHECK].verdict, VERDICT_INCONCLUSIVE, "one source lacks a count");
	input.cross_absent = "perf_event_open: EACCES";
	j = judge(&input);
	expect(j.rules[RULE_CROSSCHECK].verdict, VERDICT_INCONCLUSIVE, "no second source");
	tap_has(text_of(&j.rules[RULE_CROSSCHECK].reason), "EACCES", "and why");
}

/* Asked for, and independent of the other budget. */
static void test_churn_budget(void)
{
	struct series series = series_new(&ten_minutes);
	struct judge_input input = series_input(&series);
	struct judge_settings settings;
	struct judgement j;
	scoped_text error = {0};
	double *calls = calloc(input.n, sizeof(*calls));

	for (size_t i = 0; i < input.n; i++)
		calls[i] = 1e-3 * input.series[SERIES_OPS][i];
	input.series[SERIES_CHURN_CALLS] = calls;
	judge_settings_init(&settings);
	judge_run(&input, &settings, &j);
	expect(j.rules[RULE_CHURN_BUDGET].verdict, VERDICT_NOT_JUDGED, "churn: not asked for");
	judge_settings_set(&settings, "churn_budget=on", &error);
	judge_run(&input, &settings, &j);
	expect(j.rules[RULE_CHURN_BUDGET].verdict, VERDICT_FAIL, "churn: asked for");
	expect(j.rules[RULE_SYSCALL_BUDGET].verdict, VERDICT_PASS, "churn: not in the budget");
	judge_settings_set(&settings, "churn_budget=0.002", &error);
	judge_run(&input, &settings, &j);
	expect(j.rules[RULE_CHURN_BUDGET].verdict, VERDICT_PASS, "churn: as much is allowed");
	free(calls);
	series_free(&series);
}

static void test_few_samples(void)
{
	struct plan plan = ten_minutes;
	struct judge_input input;
	struct series series;
	struct judgement j;

	plan.seconds = 600;
	series = series_new(&plan);
	for (size_t n = 0; n <= 45; n++) {
		char what[80];

		input = series_input(&series);
		input.n = n;
		j = judge(&input);
		snprintf(what, sizeof(what), "%zu samples: nothing is known, all is explained", n);
		expect_nothing_known(&j, what);
		if (n == 2)
			n = 17;
	}
	tap_near(j.from_s > j.to_s, 1, 0, "no window");
	for (size_t i = 0; i < series.n; i++)
		series.t[i] *= 10;
	input.n = 19;
	j = judge(&input);
	expect_nothing_known(&j, "19 samples in 18 s are too few");
	input.n = 20;
	j = judge(&input);
	tap_near(j.to_s, 19, 1e-9, "20 samples in 19 s are a window");
	for (size_t i = 0; i < series.n; i++)
		series.t[i] /= 10;
	input.n = 45;
	j = judge(&input);
	tap_has(text_of(&j.rules[RULE_RSS_DRIFT].reason), "the run is too short", "the reason");
	series_free(&series);
}

static void test_given_warmup(void)
{
	struct series series = series_new(&ten_minutes);
	struct judge_input input = series_input(&series);
	struct judgement j;

	input.warmup_s = 1e6;
	j = judge(&input);
	expect_nothing_known(&j, "a warm-up longer than the run");
	input.warmup_s = 100;
	j = judge(&input);
	tap_near(j.from_s, 100, 0.11, "a warm-up as given");
	tap_has(text_of(&j.steady_how), "as asked", "and said so");
	series_free(&series);
}

static void test_holes(void)
{
	static char long_reason[2000];
	struct series series = series_new(&ten_minutes);
	struct judge_input input = series_input(&series);
	struct judgement j;
	double *lazyfree = calloc(series.n, sizeof(*lazyfree));
	uint64_t state = 9;

	if (!lazyfree)
		abort();
	for (size_t i = 0; i < series.n; i++) {
		bool gap = series.t[i] > 200 && series.t[i] < 260;

		lazyfree[i] = NAN;
		if (gap || random_uniform(&state) < 0.5)
			series.rss[i] = NAN;
		if (gap || random_uniform(&state) < 0.5)
			series.ops[i] = NAN;
		if (gap || random_uniform(&state) < 0.5)
			series.calls[i] = series.faults[i] = NAN;
	}
	input.ncross = 2;
	input.cross = agreeing;
	input.series[SERIES_LAZYFREE] = lazyfree;
	j = judge(&input);
	expect(j.verdict, VERDICT_PASS, "half of the readings and a whole minute missing");
	series.rss[series.n - 1] = 0;
	j = judge(&input);
	expect(j.rules[RULE_RSS_DRIFT].verdict, VERDICT_PASS, "an RSS of 0 is a process gone");
	for (size_t i = 0; i < series.n; i++)
		series.rss[i] = series.ops[i] = series.calls[i] = series.faults[i] = NAN;
	input.ncross = 0;
	j = judge(&input);
	expect_nothing_known(&j, "nothing was ever read");
	input = (struct judge_input){.n = series.n, .t_s = series.t, .page_bytes = PAGE};
	input.ops_absent = "the program is static";
	j = judge(&input);
	expect_nothing_known(&j, "nothing was ever measured");
	tap_has(text_of(&j.rules[RULE_THROUGHPUT_CV].reason), "the program is static",
		"why there are no ops");
	memset(long_reason, 'x', sizeof(long_reason) - 1);
	input.ops_absent = long_reason;
	j = judge(&input);
	tap_has(text_of(&j.rules[RULE_THROUGHPUT_CV].reason), long_reason,
		"a long reason is whole");
	free(lazyfree);
	series_free(&series);
}

static void test_absurd(void)
{
	struct series series = series_new(&ten_minutes);
	struct judge_input input = series_input(&series);
	struct judgement j;

	for (size_t i = 0; i < series.n; i++) {
		series.rss[i] = 1e15;
		series.ops[i] = 1e17 * (double)i;
		series.calls[i] = 1e12 * (double)i;
		series.faults[i] = 1e13 * (double)i;
	}
	j = judge(&input);
	expect(j.rules[RULE_SYSCALL_BUDGET].verdict, VERDICT_FAIL, "huge counts: budget");
	expect(j.rules[RULE_RSS_DRIFT].verdict, VERDICT_PASS, "huge counts: drift");
	expect(j.rules[RULE_FAULT_GROWTH].verdict, VERDICT_PASS, "huge counts: faults");
	for (size_t i = 0; i < series.n; i++)
		series.ops[i] = series.calls[i] = series.faults[i] = (double)(series.n - i);
	j = judge(&input);
	expect(j.rules[RULE_SYSCALL_BUDGET].verdict, VERDICT_INCONCLUSIVE,
		"counters run backwards");
	for (size_t i = 0; i < series.n; i++)
		series.ops[i] = 1e8 * (double)i;
	j = judge(&input);
	expect(j.rules[RULE_SYSCALL_BUDGET].verdict, VERDICT_INCONCLUSIVE, "calls run backwards");
	tap_has(text_of(&j.rules[RULE_SYSCALL_BUDGET].reason), "did not advance",
		"and that is said");
	for (size_t i = 0; i < series.n; i++)
		series.ops[i] = 5;
	j = judge(&input);
	expect(j.rules[RULE_THROUGHPUT_DROP].verdict, VERDICT_INCONCLUSIVE,
		"ops stand still: drop");
	expect(j.rules[RULE_THROUGHPUT_CV].verdict, VERDICT_INCONCLUSIVE, "ops stand still: CV");
	series_free(&series);
}

static void test_settings(void)
{
	struct judge_settings settings;
	struct judge_input input = {.warmup_s = -1, .page_bytes = PAGE};
	struct judgement j;
	scoped_text error = {0};

	judge_settings_init(&settings);
	tap_near(settings.confidence, 0.95, 0, "default confidence");
	tap_near(settings.target[RULE_SYSCALL_BUDGET], 1e-8, 0, "default budget");
	tap_near(judge_settings_set(&settings, "rss_drift=2.5", &error), 0, 0, "set");
	tap_near(settings.target[RULE_RSS_DRIFT], 2.5, 0, "a value is taken");
	tap_near(judge_settings_set(&settings, "crosscheck=off", &error), 0, 0, "off");
	judge_run(&input, &settings, &j);
	expect(j.rules[RULE_CROSSCHECK].verdict, VERDICT_NOT_JUDGED, "a rule switched off");
	tap_near(judge_settings_set(&settings, "rss=1", &error), -EINVAL, 0, "an unknown rule");
	tap_has(text_of(&error), "throughput_cv", "the error lists the choices");
	tap_near(judge_settings_set(&settings, "rss_drift=five", &error), -EINVAL, 0, "no number");
	tap_has(text_of(&error), "%/h", "the error says the unit");
	tap_near(judge_settings_set(&settings, "rss_drift=-1", &error), -EINVAL, 0,
		"a negative value");
	tap_near(judge_settings_set(&settings, "rss_drift", &error), -EINVAL, 0, "no value");
	tap_near(judge_settings_set(&settings, "rss_drift=", &error), -EINVAL, 0, "nothing");
	tap_near(settings.target[RULE_RSS_DRIFT], 2.5, 0, "an error changes nothing");
	for (int i = 0; i < RULE_COUNT; i++)
		settings.skip[i] = true;
	judge_run(&input, &settings, &j);
	expect(j.verdict, VERDICT_INCONCLUSIVE, "nothing judged is no pass");
}

int main(void)
{
	test_all_well();
	test_losses();
	test_crosscheck();
	test_churn_budget();
	test_few_samples();
	test_given_warmup();
	test_holes();
	test_absurd();
	test_settings();
	return tap_done();
}
