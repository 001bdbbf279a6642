/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/*
 * TAP: what a service can get: runs that leave something out, calls per second, profiles, and how
 * the target ended.
 */
#include <errno.h>

#include "soak/judge/judge.h"
#include "soak/judge/profile.h"
#include "tests/judge_series.h"
#include "tests/tap.h"

static const struct plan ten_minutes = {
	.seed = 7,
	.seconds = 600,
	.interval_s = 0.1,
	.rss_bytes = 500 * MIB,
	.ops_per_s = 5e7,
	.ops_noise = 0.01,
};

static const struct judge_cross agreeing[] = {{"mmap", 12, 12, 0, 0}, {"munmap", 7, 7, 0, 0}};

/* A letter for each rule, in their order: P, F, I, N. These runs have RSS alone, no swap. */
static const char *initials(const struct judgement *j)
{
	static char text[RULE_COUNT + 1];

	for (int r = 0; r < RULE_COUNT; r++)
		text[r] = verdict_name(j->rules[r].verdict)[0];
	return text;
}

static struct judgement judge(
	const struct judge_input *input, const char *profile, const char *assignment)
{
	struct judge_settings settings;
	static struct judgement judgement; /* its texts live until the next call */
	scoped_text error = {0};

	judge_settings_init(&settings);
	if (assignment && judge_settings_set(&settings, assignment, &error))
		abort();
	if (profile && judge_settings_profile(&settings, profile, &error))
		abort();
	judgement_release(&judgement);
	if (judge_run(input, &settings, &judgement) != 0)
		abort();
	return judgement;
}

/* Calls come evenly, this many a second. */
static struct judge_input service(struct series *series, double calls_per_s)
{
	struct judge_input input;

	*series = series_new(&ten_minutes);
	for (size_t i = 0; i < series->n; i++)
		series->calls[i] = floor(calls_per_s * series->t[i]);
	input = series_input(series);
	input.ncross = 2;
	input.cross = agreeing;
	input.series[SERIES_OPS] = NULL;
	input.ops_absent = "the process publishes no ops";
	return input;
}

static void test_left_out(void)
{
	struct series series;
	struct judge_input input = service(&series, 3);
	struct judgement j = judge(&input, NULL, NULL);

	tap_text(initials(&j), "IPPNPIIPNPPNNNNN", "ops that were lost: what needs them is open");
	input.left_out = LEFT_OUT_OPS;
	j = judge(&input, NULL, NULL);
	tap_text(initials(&j), "NPPNPNNPNPPNNNNN", "ops that were left out: the rest is judged");
	tap_text(verdict_name(j.verdict), "PASS", "and passes");
	tap_has(text_of(&j.reason), "; not judged: syscall_budget, memory_drift, throughput_drop",
		"naming what was not");
	tap_has(text_of(&j.rules[RULE_SYSCALL_BUDGET].reason), "publishes no ops", "and why");
	j = judge(&input, NULL, "throughput_drop=5");
	tap_text(initials(&j), "NPPNPINPNPPNNNNN", "asked for by name it stays open");
	j = judge(&input, "allocator", NULL);
	tap_text(initials(&j), "IPPIPIIPINPNNNNN", "so does all that a profile requires");
	input.ncross = 0;
	input.cross_absent = "there were no perf counters";
	j = judge(&input, NULL, NULL);
	tap_text(initials(&j), "NPPNPNNINPPNNNNN", "a second source that was lost");
	input.left_out |= LEFT_OUT_PERF;
	j = judge(&input, NULL, NULL);
	tap_text(initials(&j), "NPPNPNNNNPPNNNNN", "one that was left out");
	input.series[SERIES_BUDGET_CALLS] = NULL;
	j = judge(&input, NULL, NULL);
	tap_text(initials(&j), "NPPNPNNNNIPNNNNN", "calls that were lost");
	input.left_out |= LEFT_OUT_PROBES;
	j = judge(&input, NULL, NULL);
	tap_text(initials(&j), "NPPNPNNNNNPNNNNN", "and left out, by both sources");
	series_free(&series);
}

static void test_rate(void)
{
	struct series series;
	struct judge_input input = service(&series, 107);
	struct judgement j = judge(&input, NULL, NULL);
	const struct rule_result *rate = &j.rules[RULE_SYSCALL_RATE];

	tap_text(verdict_name(rate->verdict), "FAIL", "107 calls a second, where 100 are allowed");
	tap_near(rate->estimate, 107, 0.01, "the rate");
	/* Garwood's interval of k = 107 * 599 calls, by the normal approximation */
	tap_near(rate->low, 107 - 1.96 * sqrt(107.0 / 599), 0.02, "its lower bound");
	j = judge(&input, NULL, "syscall_rate=115");
	tap_text(verdict_name(rate->verdict), "PASS", "another target");
	j = judge(&input, NULL, "syscall_rate=off");
	tap_text(verdict_name(rate->verdict), "NOT JUDGED", "off is off, also without ops");
	input.series[SERIES_OPS] = series.ops;
	j = judge(&input, NULL, NULL);
	tap_text(verdict_name(rate->verdict), "NOT JUDGED", "with ops the budget per op is judged");
	j = judge(&input, NULL, "syscall_rate=on");
	tap_text(verdict_name(rate->verdict), "FAIL", "unless it is asked for");
	input.series[SERIES_OPS] = NULL;
	input.n = 300;
	j = judge(&input, NULL, "syscall_rate=106");
	tap_text(verdict_name(rate->verdict), "INCONCLUSIVE", "at the target");
	tap_has(text_of(&rate->advice), "--duration", "with advice");
	series_free(&series);
}

static void test_profiles(void)
{
	struct series series;
	struct judge_input input = service(&series, 3);
	struct judge_settings settings;
	struct judgement j;
	scoped_text error = {0};
	size_t n = 0;

	input.series[SERIES_OPS] = series.ops;
	j = judge(&input, "service", NULL);
	tap_text(initials(&j), "NPPNNNNPNPPNNNNN",
		"service: memory, calls per second, sources, end");
	tap_text(j.profile, "service", "it is named");
	j = judge(&input, "service", "throughput_cv=2");
	tap_text(initials(&j), "NPPNNNPPNPPNNNNN",
		"what is set by name goes before, wherever it stands");
	j = judge(&input, "ci", NULL);
	tap_near(j.rules[RULE_RSS_DRIFT].target, 100, 0, "ci: another target");
	judge_settings_init(&settings);
	tap_near(judge_settings_profile(&settings, "server", &error), -EINVAL, 0,
		"a profile that is none");
	tap_text(text_of(&error),
		"unknown profile 'server': choose default, service, allocator or ci", "and which");
	judge_settings_profile(&settings, "service", &error);
	judge_settings_profile(&settings, "default", &error);
	for (int r = 0; r < RULE_COUNT; r++)
		n += settings.skip[r] == judge_rule_info(r)->optional &&
		     settings.target[r] == judge_rule_info(r)->default_target && !settings.asked[r];
	tap_near((double)n, RULE_COUNT, 0, "the last profile counts alone");
	series_free(&series);
}

static void test_end(void)
{
	struct series series;
	struct judge_input input = service(&series, 3);
	struct judge_settings settings;
	struct judgement j;
	scoped_text error = {0};

	input.target_failed = true;
	input.target_end = "ended with exit status 3";
	input.target_status = 3;
	input.n = 5;
	judge_settings_init(&settings);
	judge_run(&input, &settings, &j);
	tap_text(verdict_name(j.verdict), "FAIL", "a target that fails at once: FAIL");
	tap_has(text_of(&j.rules[RULE_TARGET_EXIT].advice), "--allow-exit 3", "with advice");
	tap_near(judge_settings_allow_exit(&settings, "75,3"), 0, 0, "statuses are allowed");
	judge_run(&input, &settings, &j);
	tap_text(verdict_name(j.rules[RULE_TARGET_EXIT].verdict), "PASS", "and pass");
	tap_has(text_of(&j.rules[RULE_TARGET_EXIT].reason), "status 3, which is allowed",
		"and it is said");
	input.target_status = 0;
	judge_run(&input, &settings, &j);
	tap_text(verdict_name(j.verdict), "FAIL", "no signal is allowed by that");
	for (const char *const *bad =
			(const char *const[]){"", "0", "256", "x", "3,", ",3", "3 4", "-1", NULL};
		*bad; bad++)
		tap_near(judge_settings_allow_exit(&settings, *bad), -EINVAL, 0, *bad);
	input.target_failed = false;
	input.target_end_unknown = "nobody saw it";
	judge_run(&input, &settings, &j);
	tap_text(verdict_name(j.rules[RULE_TARGET_EXIT].verdict), "INCONCLUSIVE", "not known");
	input.target_end_unknown = NULL;
	for (int r = 0; r < RULE_TARGET_EXIT; r++)
		settings.skip[r] = true;
	judge_run(&input, &settings, &j);
	tap_text(verdict_name(j.verdict), "INCONCLUSIVE", "to have ended well alone is no pass");
	judge_settings_set(&settings, "target_exit=on", &error);
	judge_run(&input, &settings, &j);
	tap_text(verdict_name(j.verdict), "PASS", "unless that was asked for");
	series_free(&series);
}

int main(void)
{
	test_left_out();
	test_rate();
	test_profiles();
	test_end();
	return tap_done();
}
