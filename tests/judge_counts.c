/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: open_fds, threads, mappings: leaks of what is counted, and what is none. */
#include "soak/judge/judge.h"
#include "tests/judge_series.h"
#include "tests/tap.h"

#define SAMPLES 601

struct counted {
	double level, per_hour;
	double deviates; /* standard deviation of what comes and goes */
	double fills;    /* more, evenly until the middle of the run */
};

static struct judgement judge(
	const struct counted *counted, enum series_id series, const char *assignment)
{
	static double t[SAMPLES], rss[SAMPLES], count[SAMPLES];
	struct judge_input input = {.n = SAMPLES, .t_s = t, .page_bytes = PAGE, .warmup_s = 0};
	struct judge_settings settings;
	static struct judgement judgement; /* its texts live until the next call */
	uint64_t state = 7;
	scoped_text error = {0};

	for (size_t i = 0; i < SAMPLES; i++) {
		double progress = (double)i / (SAMPLES - 1);

		t[i] = (double)i;
		rss[i] = 64 * MIB;
		count[i] = floor(counted->level + counted->per_hour * (double)i / 3600.0 +
				 counted->fills * fmin(2.0 * progress, 1.0) +
				 counted->deviates * random_normal(&state));
	}
	input.series[SERIES_RSS] = rss;
	input.series[series] = count;
	judge_settings_init(&settings);
	if (judge_settings_set(&settings, assignment, &error))
		abort();
	judgement_release(&judgement);
	if (judge_run(&input, &settings, &judgement) != 0)
		abort();
	return judgement;
}

static void expect(enum rule rule, enum series_id series, const char *on)
{
	struct counted counted = {.level = 20};
	struct judgement j = judge(&counted, series, on);
	const struct rule_result *result = &j.rules[rule];

	tap_text(verdict_name(result->verdict), "PASS", on);
	tap_has(text_of(&result->reason), "more in this window", "its resolution is a count");
	counted.deviates = 1.0;
	j = judge(&counted, series, on);
	tap_text(verdict_name(result->verdict), "PASS", "some come and go");
	counted.deviates = 0.0;
	counted.per_hour = 3600;
	j = judge(&counted, series, on);
	tap_text(verdict_name(result->verdict), "FAIL", "one more each second");
	tap_text(verdict_name(j.verdict), "FAIL", "fails the run");
	tap_has(text_of(&result->reason), "went from 21 to 618 in 10.0 min", "and says how many");
	counted.per_hour = 120;
	j = judge(&counted, series, on);
	tap_text(verdict_name(result->verdict), "FAIL", "one more each half minute");
	counted.level = 10000;
	counted.per_hour = 200;
	j = judge(&counted, series, on);
	tap_text(verdict_name(result->verdict), "PASS", "2 % an hour of many");
	counted = (struct counted){.level = 20, .fills = 100};
	j = judge(&counted, series, on);
	tap_text(verdict_name(result->verdict), "PASS", "a pool that fills and stops");
}

int main(void)
{
	const struct counted leak = {.level = 20, .per_hour = 120};
	struct judgement j = judge(&leak, SERIES_OPEN_FDS, "open_fds=200/h");

	tap_text(verdict_name(j.rules[RULE_OPEN_FDS].verdict), "PASS", "open_fds=200/h");
	tap_text(j.rules[RULE_OPEN_FDS].unit.name, "/h", "its unit");
	tap_near(j.rules[RULE_OPEN_FDS].estimate, 120, 2, "the estimate is in it");
	j = judge(&leak, SERIES_OPEN_FDS, "open_fds=60/h");
	tap_text(verdict_name(j.rules[RULE_OPEN_FDS].verdict), "FAIL", "open_fds=60/h");
	j = judge(&leak, SERIES_OPEN_FDS, "rss_drift=on");
	tap_text(verdict_name(j.rules[RULE_OPEN_FDS].verdict), "NOT JUDGED", "not asked for");
	j = judge(&leak, SERIES_THREADS, "open_fds=on");
	tap_text(verdict_name(j.rules[RULE_OPEN_FDS].verdict), "INCONCLUSIVE", "not read");
	expect(RULE_OPEN_FDS, SERIES_OPEN_FDS, "open_fds=on");
	expect(RULE_THREADS, SERIES_THREADS, "threads=on");
	expect(RULE_MAPPINGS, SERIES_MAPPINGS, "mappings=on");
	return tap_done();
}
