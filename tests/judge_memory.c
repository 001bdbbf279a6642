/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/*
 * TAP: memory_drift: leaks that RSS does not show, and growth of RSS that is not a leak; peak_rss.
 */
#include <errno.h>
#include <string.h>

#include "soak/judge/judge.h"
#include "tests/judge_series.h"
#include "tests/tap.h"

#define SAMPLES 3601 /* an hour */

/* Bytes; growth in bytes per hour. */
struct program {
	double anon, shmem, file, swap, tables;
	double anon_grows, shmem_grows, file_grows, swap_grows, tables_grow;
	double limit;  /* of anonymous RSS: what is above is swapped out; 0: none */
	double swings; /* of anonymous memory, swapped out and in again every ten minutes */
};

struct made {
	double t[SAMPLES], rss[SAMPLES], file[SAMPLES], shmem[SAMPLES], swap[SAMPLES],
		tables[SAMPLES], memory[SAMPLES];
	struct judge_input input;
};

static double pages(double bytes)
{
	return floor(bytes / PAGE) * PAGE;
}

static void make(const struct program *program, struct made *made)
{
	uint64_t state = 11;

	for (size_t i = 0; i < SAMPLES; i++) {
		double hours = (double)i / 3600.0, noise = 8 * PAGE * random_normal(&state);
		double anon = program->anon + program->anon_grows * hours + noise, out = 0.0;

		if (program->limit > 0.0)
			out = fmax(anon - program->limit, 0.0);
		out += program->swings * (double)(i / 300 % 2);
		made->t[i] = (double)i;
		made->shmem[i] = pages(program->shmem + program->shmem_grows * hours);
		made->swap[i] = pages(program->swap + program->swap_grows * hours + out);
		made->tables[i] = pages(program->tables + program->tables_grow * hours);
		made->file[i] = pages(program->file + program->file_grows * hours) + made->shmem[i];
		made->rss[i] = pages(anon - out) + made->file[i];
		made->memory[i] = made->rss[i] - made->file[i] + made->shmem[i] + made->swap[i] +
				  made->tables[i];
	}
	made->input = (struct judge_input){
		.n = SAMPLES, .t_s = made->t, .page_bytes = PAGE, .warmup_s = 0};
	made->input.series[SERIES_RSS] = made->rss;
	made->input.series[SERIES_FILE] = made->file;
	made->input.series[SERIES_SHMEM] = made->shmem;
	made->input.series[SERIES_SWAP] = made->swap;
	made->input.series[SERIES_PGTABLES] = made->tables;
	made->input.series[SERIES_MEMORY] = made->memory;
}

/* `horizon_s` 0: none. `assignment` NULL: the default targets. */
static struct judgement judge_over(
	const struct judge_input *input, double horizon_s, const char *assignment)
{
	struct judge_settings settings;
	static struct judgement judgement; /* its texts live until the next call */
	scoped_text error = {0};

	judge_settings_init(&settings);
	settings.horizon_s = horizon_s;
	if (assignment && judge_settings_set(&settings, assignment, &error))
		abort();
	judgement_release(&judgement);
	if (judge_run(input, &settings, &judgement) != 0)
		abort();
	return judgement;
}

static struct judgement judge(const struct judge_input *input, const char *assignment)
{
	return judge_over(input, 0.0, assignment);
}

static const struct program still = {
	.anon = 400 * MIB, .shmem = 16 * MIB, .file = 80 * MIB, .swap = 4 * MIB, .tables = 2 * MIB};

/* The verdicts of rss_drift and memory_drift. */
static struct judgement expect(
	const struct program *program, const char *rss, const char *memory, const char *what)
{
	static struct made made;
	struct judgement j;

	make(program, &made);
	j = judge(&made.input, NULL);
	tap_text(verdict_name(j.rules[RULE_RSS_DRIFT].verdict), rss, what);
	tap_text(verdict_name(j.rules[RULE_MEMORY_DRIFT].verdict), memory, "and its memory");
	return j;
}

static double figure(const struct judgement *j, const char *name)
{
	const struct rule_figure *also = j->rules[RULE_MEMORY_DRIFT].also;

	for (size_t i = 0; i < RULE_FIGURES && also[i].name; i++)
		if (strcmp(also[i].name, name) == 0)
			return also[i].value;
	return NAN;
}

static void test_leaks(void)
{
	struct program program = still;
	struct judgement j;

	program.anon_grows = 100 * MIB;
	program.limit = 400 * MIB;
	j = expect(&program, "PASS", "FAIL", "RSS is at its limit, swap takes the leak");
	tap_has(text_of(&j.rules[RULE_MEMORY_DRIFT].reason), "swap 100.0 MiB, page tables 0 B",
		"the reason says where it went");
	tap_text(verdict_name(j.verdict), "FAIL", "the run fails");
	program = still;
	program.tables_grow = 100 * MIB;
	j = expect(&program, "PASS", "FAIL", "page tables grow by 100 MiB an hour");
	tap_near(figure(&j, "pgtables_growth_bytes"), 100 * MIB, MIB, "a figure of its own");
	tap_near(j.rules[RULE_MEMORY_DRIFT].estimate, 100.0 * 100 / 502, 0.2,
		"in %/h of all that the target takes");
	program = still;
	program.shmem_grows = 100 * MIB;
	j = expect(&program, "FAIL", "FAIL", "shared memory grows");
	tap_near(figure(&j, "shmem_growth_bytes"), 100 * MIB, MIB, "and is named");
	program = still;
	program.anon_grows = 100 * MIB;
	j = expect(&program, "FAIL", "FAIL", "a leak that stays in RSS");
	tap_near(figure(&j, "anon_growth_bytes"), 100 * MIB, MIB, "is anonymous");
}

static void test_no_leaks(void)
{
	struct program program = still;
	struct judgement j = expect(&program, "PASS", "PASS", "nothing grows");

	tap_near(j.rules[RULE_MEMORY_DRIFT].estimate, 0, 0.5, "by 0 %/h");
	program.swings = 100 * MIB;
	j = expect(&program, "PASS", "PASS", "a quarter is swapped out and in, again and again");
	tap_near(j.rules[RULE_MEMORY_DRIFT].high, 0, 0.5, "which does not widen the interval");
	program = still;
	program.file_grows = 100 * MIB;
	expect(&program, "FAIL", "PASS", "a file is mapped that grows");
	program = still;
	program.anon = MIB;
	program.shmem = program.swap = program.tables = 0;
	program.anon_grows = 0.2 * MIB;
	expect(&program, "PASS", "PASS", "growth that is small beside all that it takes");
}

static void test_not_read(void)
{
	static struct made made;
	struct judge_input *input = &made.input;
	struct judgement j;

	make(&still, &made);
	input->missed_ticks = 1000;
	j = judge(input, NULL);
	tap_text(verdict_name(j.rules[RULE_MEMORY_DRIFT].verdict), "INCONCLUSIVE",
		"too many missed samples");
	input->missed_ticks = 0;
	input->series[SERIES_SWAP] = input->series[SERIES_MEMORY] = NULL;
	j = judge(input, NULL);
	tap_text(verdict_name(j.rules[RULE_MEMORY_DRIFT].verdict), "NOT JUDGED", "swap not read");
	tap_has(text_of(&j.rules[RULE_MEMORY_DRIFT].reason), "swap was not read", "and said so");
	tap_has(text_of(&j.reason), "not judged: memory_drift", "in the whole reason as well");
	j = judge(input, "memory_drift=5");
	tap_text(verdict_name(j.rules[RULE_MEMORY_DRIFT].verdict), "INCONCLUSIVE",
		"asked for by name");
	input->imported = true;
	j = judge(input, NULL);
	tap_text(verdict_name(j.rules[RULE_MEMORY_DRIFT].verdict), "NOT JUDGED", "imported");
}

static void test_units(void)
{
	static struct made made;
	struct program program = still;
	struct judgement j;
	const struct rule_result *drift = &j.rules[RULE_RSS_DRIFT];

	program.anon_grows = 10 * MIB;
	make(&program, &made);
	j = judge(&made.input, "rss_drift=12MiB/h");
	tap_text(verdict_name(drift->verdict), "PASS", "10 MiB/h where 12 are allowed");
	tap_text(drift->unit.name, "MiB/h", "its figures are in this unit");
	tap_near(drift->estimate, 10, 0.1, "the estimate");
	tap_near(drift->target, 12, 0, "the target");
	tap_has(text_of(&drift->reason), " MiB/h (2.0", "the reason has per cent as well");
	j = judge(&made.input, "rss_drift=8MiB/h");
	tap_text(verdict_name(drift->verdict), "FAIL", "where 8 are allowed");
	tap_text(verdict_name(j.rules[RULE_MEMORY_DRIFT].verdict), "PASS",
		"memory_drift keeps its own limit");
	j = judge(&made.input, "memory_drift=100MiB/d");
	tap_text(verdict_name(j.rules[RULE_MEMORY_DRIFT].verdict), "FAIL",
		"240 MiB a day where 100 are allowed");
	tap_near(j.rules[RULE_MEMORY_DRIFT].estimate, 240, 3, "told per day");
	j = judge(&made.input, "rss_drift=0.3GiB/d");
	tap_text(verdict_name(drift->verdict), "PASS", "where 307 are allowed");
	tap_text(verdict_name(j.rules[RULE_RSS_MONOTONIC].verdict), "FAIL",
		"rss_monotonic heeds that limit");
	j = judge(&made.input, "rss_drift=200MiB/h");
	tap_text(verdict_name(j.rules[RULE_RSS_MONOTONIC].verdict), "PASS", "and a wider one");
	j = judge(&made.input, NULL);
	tap_text(drift->unit.name, "%/h", "by default per cent an hour");
	tap_has(text_of(&drift->reason), "%/h (10.0 MiB/h)", "with the bytes beside it");
}

static void test_unit_names(void)
{
	static const char *const wrong[] = {"rss_drift=20MiB", "rss_drift=20/h", "rss_drift=20MB/h",
		"rss_drift=20MiB/s", "rss_drift=20%/0d", "rss_drift=20%/-1d", "rss_monotonic=5%/h",
		"rss_drift=20MiB/h/h", "peak_rss=5MiB"};
	struct judge_settings settings;
	scoped_text error = {0}, options = {0};

	judge_settings_init(&settings);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		tap_near(judge_settings_set(&settings, wrong[i], &error), -EINVAL, 0, wrong[i]);
	judge_settings_set(&settings, "rss_drift=fast", &error);
	tap_has(text_of(&error), "20MiB/h", "an error gives an example");
	judge_settings_set(&settings, "rss_drift=20 MiB/h", &error);
	settings.horizon_s = 30 * 86400.0;
	judge_settings_options(&settings, &options);
	tap_text(text_of(&options), "--set rss_drift=20MiB/h --horizon 720h", "as options");
	judge_settings_set(&settings, "rss_drift=2", &error);
	tap_text(settings.unit[RULE_RSS_DRIFT].name, "", "a later value has no unit");
}

static void test_horizon(void)
{
	const double month_s = 30 * 86400.0;
	static struct made made;
	struct program program = still;
	struct judgement j;
	const struct rule_result *drift = &j.rules[RULE_RSS_DRIFT];

	make(&program, &made);
	j = judge_over(&made.input, month_s, NULL);
	tap_text(verdict_name(drift->verdict), "PASS", "nothing grows in a month");
	tap_text(drift->unit.name, "%/30d", "the unit is the horizon's");
	tap_near(drift->target, 20, 0, "a fifth is allowed");
	program.anon_grows = MIB;
	make(&program, &made);
	j = judge(&made.input, NULL);
	tap_text(verdict_name(drift->verdict), "PASS", "1 MiB/h is little within an hour");
	j = judge_over(&made.input, month_s, NULL);
	tap_text(verdict_name(drift->verdict), "FAIL", "and much within a month");
	tap_has(text_of(&drift->reason), "MiB/30d)", "told in bytes over the horizon as well");
	tap_text(verdict_name(j.rules[RULE_MEMORY_DRIFT].verdict), "FAIL", "memory_drift, too");
	j = judge_over(&made.input, month_s, "rss_drift=on");
	tap_near(drift->target, 20, 0, "on: by default");
	j = judge_over(&made.input, month_s, "rss_drift=200");
	tap_text(verdict_name(drift->verdict), "PASS", "a number is per cent over the horizon");
	j = judge_over(&made.input, month_s, "rss_drift=2MiB/h");
	tap_text(verdict_name(drift->verdict), "PASS", "a limit with a unit is not scaled");
	tap_text(drift->unit.name, "MiB/h", "and keeps it");
	program.anon_grows = 0.2 * MIB;
	make(&program, &made);
	made.input.n = 300;
	j = judge_over(&made.input, month_s, NULL);
	tap_text(verdict_name(drift->verdict), "INCONCLUSIVE", "five minutes know no month");
}

static void test_peak(void)
{
	static struct made made;
	struct judge_input *input = &made.input;
	const struct rule_result *result;
	struct judgement j;

	make(&still, &made);
	made.rss[100] = 600 * MIB;
	j = judge(input, NULL);
	result = &j.rules[RULE_PEAK_RSS];
	tap_text(verdict_name(result->verdict), "NOT JUDGED", "peak_rss: not asked for");
	j = judge(input, "peak_rss=600");
	tap_text(verdict_name(result->verdict), "PASS", "peak_rss: as much as is allowed");
	j = judge(input, "peak_rss=599");
	tap_text(verdict_name(result->verdict), "FAIL", "peak_rss: more");
	tap_has(text_of(&result->reason), "highest RSS was 600.0 MiB at 1:40, where 599.0 MiB",
		"and when");
	input->n = 101;
	input->warmup_s = 200;
	j = judge(input, "peak_rss=599");
	tap_text(verdict_name(result->verdict), "FAIL", "peak_rss: of start-up, too");
	input->peak_process_bytes = 700 * MIB;
	j = judge(input, "peak_rss=650");
	tap_text(verdict_name(result->verdict), "FAIL", "peak_rss: between two samples");
	input->missed_ticks = 100;
	j = judge(input, "peak_rss=800");
	tap_text(verdict_name(result->verdict), "INCONCLUSIVE", "peak_rss: samples were missed");
}

int main(void)
{
	test_leaks();
	test_no_leaks();
	test_not_read();
	test_units();
	test_unit_names();
	test_horizon();
	test_peak();
	return tap_done();
}
