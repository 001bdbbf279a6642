/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: each rule's verdict, in each direction, on generated runs. */
#include "soak/judge/judge.h"
#include "tests/judge_series.h"
#include "tests/tap.h"

/* An hour of an even, healthy program: every rule but crosscheck has what it needs to pass. */
static const struct plan healthy = {
	.seed = 1,
	.seconds = 3600,
	.interval_s = 1,
	.rss_bytes = 100 * MIB,
	.rss_noise = 0.005,
	.ops_per_s = 5e7,
	.ops_noise = 0.01,
	.faults_per_op = 1e-6,
};

static struct judgement judge_plan(const struct plan *plan)
{
	struct series series = series_new(plan);
	struct judge_input input = series_input(&series);
	struct judge_settings settings;
	static struct judgement judgement; /* its texts live until the next call */

	judge_settings_init(&settings);
	judgement_release(&judgement);
	if (judge_run(&input, &settings, &judgement) != 0)
		abort();
	series_free(&series);
	return judgement;
}

static void expect(
	const struct judgement *judgement, enum rule rule, enum verdict want, const char *what)
{
	const struct rule_result *result = &judgement->rules[rule];

	tap_ok(result->verdict == want, what);
	printf(" (got %s, want %s)\n# %s: %s%s%s\n", verdict_name(result->verdict),
		verdict_name(want), judge_rule_info(rule)->name, text_of(&result->reason),
		result->advice.length ? " | " : "", text_of(&result->advice));
}

static void test_budget(void)
{
	struct plan plan = healthy;
	struct judgement j;

	plan.seconds = 100;
	j = judge_plan(&plan);
	expect(&j, RULE_SYSCALL_BUDGET, VERDICT_PASS, "0 calls in 5e9 ops");
	/* the first of the 100 seconds is not judged */
	tap_near(j.rules[RULE_SYSCALL_BUDGET].high, 3.688879454 / 4.95e9, 2e-12, "its upper limit");
	plan.calls_per_op = 1e-3;
	j = judge_plan(&plan);
	expect(&j, RULE_SYSCALL_BUDGET, VERDICT_FAIL, "1e-3 calls per op");
	plan.calls_per_op = 3e-8;
	j = judge_plan(&plan);
	expect(&j, RULE_SYSCALL_BUDGET, VERDICT_FAIL, "three times the budget over 5e9 ops");
	plan.calls_per_op = 0;
	plan.ops_per_s = 1e4;
	j = judge_plan(&plan);
	expect(&j, RULE_SYSCALL_BUDGET, VERDICT_INCONCLUSIVE, "0 calls in 1e6 ops");
	tap_has(text_of(&j.rules[RULE_SYSCALL_BUDGET].advice), "3.68e+08 further ops",
		"what is missing");
	tap_has(text_of(&j.rules[RULE_SYSCALL_BUDGET].advice), "--duration 11h",
		"how long that takes");
}

/* An hour without a call, but for so many in each sample between these shares of it. */
static void judge_late_calls(
	double from, double to, double each, enum verdict want, const char *what)
{
	struct series series = series_new(&healthy);
	struct judge_input input = series_input(&series);
	struct judge_settings settings;
	struct judgement j;

	for (size_t i = 1; i < series.n; i++) {
		double share = series.t[i] / healthy.seconds;

		series.calls[i] = series.calls[i - 1] + (share > from && share <= to ? each : 0);
	}
	judge_settings_init(&settings);
	judge_run(&input, &settings, &j);
	expect(&j, RULE_SYSCALL_BUDGET, want, what);
	if (want == VERDICT_FAIL)
		tap_has(text_of(&j.rules[RULE_SYSCALL_BUDGET].reason),
			"; but in the last 10 % of the window", "and where");
	series_free(&series);
}

static void test_late_calls(void)
{
	judge_late_calls(0, 1, 0, VERDICT_PASS, "no call at all");
	judge_late_calls(0.9, 1, 2, VERDICT_FAIL, "calls that begin late, few in all");
	judge_late_calls(0.9499, 0.9501, 600, VERDICT_PASS, "600 calls in one sample");
	judge_late_calls(0.99, 1, 20, VERDICT_PASS, "as many when the program ends");
	judge_late_calls(0.9, 1, 0.2, VERDICT_PASS, "calls within the budget there, too");
}

static void test_drift_flat(void)
{
	struct plan plan = healthy;
	struct judgement j = judge_plan(&plan);

	expect(&j, RULE_RSS_DRIFT, VERDICT_PASS, "flat for an hour, noise 0.5 %");
	tap_between(j.rules[RULE_RSS_DRIFT].high, 0.01, 1.0, "with a useful upper limit, %/h");
	tap_near(j.drift_intercept_bytes / MIB, 100, 0.2, "the fitted line starts at 100 MiB");
	plan = (struct plan){.seed = 1, .seconds = 60, .interval_s = 0.1, .rss_bytes = 2 * MIB};
	j = judge_plan(&plan);
	expect(&j, RULE_RSS_DRIFT, VERDICT_INCONCLUSIVE, "2 MiB that never move for 60 s");
	/* 3 pages of 4096 B in the 59 s that are judged, per hour, of 2 MiB */
	tap_near(j.rules[RULE_RSS_DRIFT].high, 3 * 4096.0 / 59 * 3600 / (2 * MIB) * 100, 1e-6,
		"the resolution floor, %/h");
	tap_has(text_of(&j.rules[RULE_RSS_DRIFT].advice), "--duration 8m", "how long it must be");
	plan.seconds = 480;
	j = judge_plan(&plan);
	expect(&j, RULE_RSS_DRIFT, VERDICT_PASS, "as long as advised");
	plan.seconds = 60;
	plan.rss_bytes = 200 * MIB;
	j = judge_plan(&plan);
	expect(&j, RULE_RSS_DRIFT, VERDICT_PASS, "200 MiB that never move for 60 s");
}

static void test_drift_leaks(void)
{
	struct plan plan = healthy;
	struct judgement j;

	plan.leak_pct_per_hour = 3;
	j = judge_plan(&plan);
	expect(&j, RULE_RSS_DRIFT, VERDICT_PASS, "3 %/h, under the target");
	plan.leak_pct_per_hour = 6;
	j = judge_plan(&plan);
	expect(&j, RULE_RSS_DRIFT, VERDICT_FAIL, "6 %/h for an hour");
	tap_near(j.rules[RULE_RSS_DRIFT].estimate, 6, 0.2, "its estimate, %/h");
	expect(&j, RULE_RSS_MONOTONIC, VERDICT_FAIL, "6 %/h for an hour");
	plan.rss_memory_s = 60;
	plan.leak_pct_per_hour = 20;
	j = judge_plan(&plan);
	expect(&j, RULE_RSS_DRIFT, VERDICT_FAIL, "20 %/h in correlated noise");
	plan.seconds = 900;
	plan.leak_pct_per_hour = 100;
	j = judge_plan(&plan);
	expect(&j, RULE_RSS_DRIFT, VERDICT_FAIL, "100 %/h for a quarter of an hour");
	plan = healthy;
	plan.rss_noise = 0;
	plan.leak_pct_per_hour = 3;
	plan.leak_step_bytes = MIB;
	j = judge_plan(&plan);
	expect(&j, RULE_RSS_DRIFT, VERDICT_INCONCLUSIVE, "3 %/h in three steps of 1 MiB");
	plan.leak_pct_per_hour = 20;
	j = judge_plan(&plan);
	expect(&j, RULE_RSS_DRIFT, VERDICT_FAIL, "20 %/h in twenty steps of 1 MiB");
	tap_between(j.rules[RULE_RSS_DRIFT].high - j.rules[RULE_RSS_DRIFT].estimate, 3, 4,
		"steps so large leave three of them open, %/h");
}

static void test_lazyfree(void)
{
	struct plan plan = healthy;
	struct series series;
	struct judge_input input;
	struct judge_settings settings;
	struct judgement j;
	double *lazy;

	plan.leak_pct_per_hour = 50;
	series = series_new(&plan);
	lazy = calloc(series.n, sizeof(*lazy));
	if (!lazy)
		abort();
	for (size_t i = 0; i < series.n; i++)
		lazy[i] = 50 * MIB * series.t[i] / 3600.0;
	input = series_input(&series);
	input.series[SERIES_LAZYFREE] = lazy;
	judge_settings_init(&settings);
	judge_run(&input, &settings, &j);
	expect(&j, RULE_RSS_DRIFT, VERDICT_PASS, "growth that is all MADV_FREE is no drift");
	expect(&j, RULE_RSS_MONOTONIC, VERDICT_PASS, "growth that is all MADV_FREE is no growth");
	for (size_t i = 0; i < series.n; i++) {
		double swing = 100 * MIB * fmod(series.t[i], 7.0) / 7.0;

		series.rss[i] += swing - lazy[i];
		lazy[i] = i % 5 ? NAN : swing;
	}
	judge_run(&input, &settings, &j);
	expect(&j, RULE_RSS_DRIFT, VERDICT_PASS, "LazyFree that comes and goes, read now and then");
	tap_between(j.rules[RULE_RSS_DRIFT].high, 0, 0.2, "leaves no trace, %/h");
	free(lazy);
	series_free(&series);
}

/* 6 MiB in an hour, all of it of a mapped file, or none. */
static void test_growth_kinds(void)
{
	struct plan plan = healthy;
	struct series series;
	struct judge_settings settings;
	struct judge_input input;
	struct judgement j;
	double *file;

	plan.leak_pct_per_hour = 6;
	series = series_new(&plan);
	input = series_input(&series);
	file = calloc(series.n, sizeof(*file));
	input.series[SERIES_FILE] = file;
	judge_settings_init(&settings);
	judge_run(&input, &settings, &j);
	tap_near(j.rules[RULE_RSS_DRIFT].also[0].value / MIB, 6, 0.2, "anonymous growth, MiB");
	tap_ok(!strstr(text_of(&j.rules[RULE_RSS_DRIFT].reason), "file"),
		"of files there is nothing to say\n");
	for (size_t i = 0; i < series.n; i++)
		file[i] = (10 + 6 * series.t[i] / 3600) * MIB;
	judge_run(&input, &settings, &j);
	tap_near(j.rules[RULE_RSS_DRIFT].also[0].value / MIB, 0, 0.2, "none of it anonymous, MiB");
	tap_near(j.rules[RULE_RSS_DRIFT].also[1].value / MIB, 6, 0.1, "file-backed growth, MiB");
	tap_has(text_of(&j.rules[RULE_RSS_DRIFT].reason), "of the growth is file-backed",
		"it is said");
	free(file);
	series_free(&series);
}

static void test_monotonic(void)
{
	static const double teeth_s[] = {7, 63, 300};
	struct plan plan = healthy;
	struct judgement j = judge_plan(&plan);

	expect(&j, RULE_RSS_MONOTONIC, VERDICT_PASS, "flat");
	plan.rss_noise = 0.001;
	plan.tooth_bytes = 20 * MIB;
	for (int i = 0; i < 3; i++) {
		plan.tooth_s = teeth_s[i];
		plan.leak_pct_per_hour = 0;
		j = judge_plan(&plan);
		expect(&j, RULE_RSS_MONOTONIC, VERDICT_PASS, "a healthy sawtooth");
		plan.leak_pct_per_hour = 20;
		j = judge_plan(&plan);
		expect(&j, RULE_RSS_MONOTONIC, VERDICT_FAIL, "a sawtooth with growth beneath");
		expect(&j, RULE_RSS_DRIFT, VERDICT_FAIL, "a sawtooth with growth beneath");
	}
}

/* The rise of one tooth looks like a leak, but for the fall beside it. */
static void test_few_teeth(void)
{
	static const double teeth_s[] = {3400, 2700, 2000, 1800, 1500, 1300};
	struct plan plan = healthy;
	struct judgement j;

	plan.rss_noise = 0.001;
	plan.tooth_bytes = 20 * MIB;
	for (int i = 0; i < 6; i++) {
		plan.tooth_s = teeth_s[i];
		j = judge_plan(&plan);
		expect(&j, RULE_RSS_DRIFT, VERDICT_INCONCLUSIVE, "a sawtooth of a tooth or two");
		expect(&j, RULE_RSS_MONOTONIC, VERDICT_INCONCLUSIVE,
			"a sawtooth of a tooth or two");
	}
	plan.tooth_s = 1800;
	j = judge_plan(&plan);
	tap_has(text_of(&j.rules[RULE_RSS_DRIFT].reason), "one tooth of a sawtooth", "why");
	tap_has(text_of(&j.rules[RULE_RSS_DRIFT].advice), "--duration 180m",
		"six teeth would tell");
	plan.seconds = 6 * plan.tooth_s;
	j = judge_plan(&plan);
	expect(&j, RULE_RSS_DRIFT, VERDICT_PASS, "they do");

	plan = healthy;
	plan.rss_noise = 0.001;
	plan.leak_pct_per_hour = 20;
	plan.peak_bytes = 4 * MIB;
	plan.peak_s = 1500;
	j = judge_plan(&plan);
	expect(&j, RULE_RSS_DRIFT, VERDICT_FAIL, "a leak of more than was given back");
	plan.peak_bytes = 300 * MIB;
	plan.peak_s = 60;
	j = judge_plan(&plan);
	expect(&j, RULE_RSS_DRIFT, VERDICT_FAIL, "a leak after a start-up that took more");
	expect(&j, RULE_RSS_MONOTONIC, VERDICT_FAIL, "a leak after a start-up that took more");
}

static void test_monotonic_limits(void)
{
	struct plan plan = healthy;
	struct judge_settings settings;
	struct judge_input input;
	struct series series;
	struct judgement j;
	scoped_text error = {0};

	plan.seconds = 900;
	plan.rss_noise = 0.02;
	plan.rss_memory_s = 60;
	j = judge_plan(&plan);
	expect(&j, RULE_RSS_MONOTONIC, VERDICT_INCONCLUSIVE, "noise that would hide a leak");
	plan = healthy;
	plan.leak_pct_per_hour = 4;
	plan.rss_noise = 0.001;
	j = judge_plan(&plan);
	expect(&j, RULE_RSS_DRIFT, VERDICT_PASS, "a leak of 4 %/h is not too fast");
	expect(&j, RULE_RSS_MONOTONIC, VERDICT_FAIL, "but it is there");
	series = series_new(&plan);
	input = series_input(&series);
	judge_settings_init(&settings);
	judge_settings_set(&settings, "rss_monotonic=100", &error);
	judge_run(&input, &settings, &j);
	expect(&j, RULE_RSS_MONOTONIC, VERDICT_PASS, "and may be, if new highs are allowed");
	series_free(&series);
}

static void test_cache(void)
{
	struct plan plan = healthy;
	struct judgement j;

	plan.fill_bytes = 50 * MIB;
	plan.fill_s = 1200;
	j = judge_plan(&plan);
	tap_near(j.from_s, 1200, 30, "a cache that fills for 20 min of 60: cut away");
	expect(&j, RULE_RSS_MONOTONIC, VERDICT_PASS, "a cache that has filled");
	expect(&j, RULE_RSS_DRIFT, VERDICT_PASS, "a cache that has filled");
	plan.fill_s = 2400;
	j = judge_plan(&plan);
	expect(&j, RULE_RSS_MONOTONIC, VERDICT_PASS, "a cache that filled for 40 min of 60");
	expect(&j, RULE_RSS_DRIFT, VERDICT_PASS, "a cache that filled for 40 min of 60");
	tap_has(text_of(&j.rules[RULE_RSS_DRIFT].reason),
		"MiB until 40:", "and it is said when it stopped");
	plan.fill_s = 3000;
	j = judge_plan(&plan);
	expect(&j, RULE_RSS_MONOTONIC, VERDICT_PASS, "a cache that filled for 50 min of 60");
	plan.fill_s = 3600;
	j = judge_plan(&plan);
	expect(&j, RULE_RSS_MONOTONIC, VERDICT_FAIL, "a cache that fills all the time is a leak");
	plan = healthy;
	plan.leak_step_bytes = 30 * MIB;
	plan.leak_pct_per_hour = 55;
	j = judge_plan(&plan);
	expect(&j, RULE_RSS_DRIFT, VERDICT_PASS, "one step of 30 MiB");
}

static void test_faults(void)
{
	struct plan plan = healthy;
	struct judgement j = judge_plan(&plan);

	expect(&j, RULE_FAULT_GROWTH, VERDICT_PASS, "50 faults/s, even");
	plan.fault_growth_pct = 100;
	j = judge_plan(&plan);
	expect(&j, RULE_FAULT_GROWTH, VERDICT_FAIL, "faults that double over the run");
	/* means of the thirds: 1 + 5/6 over 1 + 1/6 */
	tap_near(j.rules[RULE_FAULT_GROWTH].estimate, 57.14, 3, "last third over first, %");
	plan.fault_growth_pct = 10;
	plan.fault_burst = 1000;
	j = judge_plan(&plan);
	expect(&j, RULE_FAULT_GROWTH, VERDICT_INCONCLUSIVE, "faults in bursts of a thousand");
	plan.fault_growth_pct = 100;
	plan.fault_burst = 0;
	plan.faults_per_op = 1e-9;
	j = judge_plan(&plan);
	expect(&j, RULE_FAULT_GROWTH, VERDICT_PASS, "tiny rates may double");
}

static void test_throughput(void)
{
	struct plan plan = healthy;
	struct judgement j = judge_plan(&plan);

	expect(&j, RULE_THROUGHPUT_DROP, VERDICT_PASS, "even throughput");
	expect(&j, RULE_THROUGHPUT_CV, VERDICT_PASS, "even throughput");
	plan.ops_fall_pct = 4;
	j = judge_plan(&plan);
	expect(&j, RULE_THROUGHPUT_DROP, VERDICT_PASS, "a fall of 4 %");
	plan.ops_fall_pct = 6;
	j = judge_plan(&plan);
	expect(&j, RULE_THROUGHPUT_DROP, VERDICT_FAIL, "a fall of 6 %");
	tap_near(j.rules[RULE_THROUGHPUT_DROP].estimate, 6, 0.2, "its estimate, %");
	plan.ops_fall_pct = 0;
	plan.ops_noise = 0.03;
	plan.ops_memory_s = 1000;
	j = judge_plan(&plan);
	expect(&j, RULE_THROUGHPUT_DROP, VERDICT_INCONCLUSIVE, "ops/s that wander slowly");
	plan.ops_noise = 0.08;
	plan.ops_memory_s = 30;
	j = judge_plan(&plan);
	expect(&j, RULE_THROUGHPUT_CV, VERDICT_FAIL, "uneven ops/s");
	plan = healthy;
	plan.warmup_s = 1200;
	plan.ops_fall_pct = -100;
	j = judge_plan(&plan);
	expect(&j, RULE_THROUGHPUT_DROP, VERDICT_PASS, "ops/s that rise");
}

/* Twenty minutes at 50 M/s, then forty at 40 M/s: the first part looks like warm-up, but is it? */
static void test_fast_start(void)
{
	struct series series = series_new(&healthy);
	struct judge_input input = series_input(&series);
	struct judge_settings settings;
	struct judgement j;

	for (size_t i = 1201; i < series.n; i++)
		series.ops[i] = series.ops[1200] + (series.t[i] - series.t[1200]) * 40e6;
	judge_settings_init(&settings);
	judge_run(&input, &settings, &j);
	tap_near(j.from_s, 1200, 30, "a slow-down after a third of the run is cut away");
	expect(&j, RULE_THROUGHPUT_DROP, VERDICT_FAIL, "and is a fall nevertheless");
	input.warmup_s = 1210;
	judge_run(&input, &settings, &j);
	expect(&j, RULE_THROUGHPUT_DROP, VERDICT_PASS, "a warm-up that was asked for");
	input.warmup_s = -1;
	input.series[SERIES_RSS] = NULL;
	judge_run(&input, &settings, &j);
	tap_near(j.from_s, 1200, 30, "the ops rate alone finds the window");
	series_free(&series);
}

static void test_warmup(void)
{
	struct plan plan = healthy;
	struct judgement j;

	plan.warmup_s = 300;
	j = judge_plan(&plan);
	tap_near(j.from_s, 300, 30, "a warm-up of 300 s is found");
	tap_has(text_of(&j.steady_how), "settled after", "and said");
	expect(&j, RULE_THROUGHPUT_DROP, VERDICT_PASS, "warm-up is no fall of ops/s");
	expect(&j, RULE_RSS_MONOTONIC, VERDICT_PASS, "warm-up is no growth");
	expect(&j, RULE_RSS_DRIFT, VERDICT_PASS, "warm-up is no drift");
	plan.warmup_s = 0;
	j = judge_plan(&plan);
	tap_near(j.from_s, 1, 0, "no warm-up: none is found, the first second is left out");
}

int main(void)
{
	test_budget();
	test_late_calls();
	test_drift_flat();
	test_drift_leaks();
	test_lazyfree();
	test_growth_kinds();
	test_monotonic();
	test_few_teeth();
	test_monotonic_limits();
	test_cache();
	test_faults();
	test_throughput();
	test_fast_start();
	test_warmup();
	return tap_done();
}
