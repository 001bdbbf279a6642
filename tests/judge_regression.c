/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: a run against a baseline, both generated: what became worse fails, what did not does not. */
#include "soak/judge/regression.h"
#include "tests/judge_series.h"
#include "tests/tap.h"

static struct plan usual(uint64_t seed)
{
	return (struct plan){.seed = seed,
		.seconds = 600,
		.interval_s = 1,
		.rss_bytes = 64 * MIB,
		.rss_noise = 0.002,
		.rss_memory_s = 5,
		.ops_per_s = 1e6,
		.ops_noise = 0.02,
		.ops_memory_s = 5,
		.calls_per_op = 1e-5,
		.faults_per_op = 1e-4,
		.fault_burst = 5};
}

static struct judgement judge(const struct judge_input *input)
{
	struct judge_settings settings;
	struct judgement judgement;

	judge_settings_init(&settings);
	if (judge_run(input, &settings, &judgement) != 0)
		abort();
	return judgement;
}

/* Its texts live until the next call. */
static struct regression_judgement compare(const struct judge_input *a, const struct judge_input *b)
{
	struct judgement of_a = judge(a), of_b = judge(b);
	struct regression_settings settings;
	static struct regression_judgement found;

	regression_settings_init(&settings);
	regression_release(&found);
	if (regression_judge(&(struct regression_side){a, &of_a},
		    &(struct regression_side){b, &of_b}, &settings, &found))
		abort();
	judgement_release(&of_a);
	judgement_release(&of_b);
	return found;
}

static struct regression_judgement compare_plans(const struct plan *a, const struct plan *b)
{
	struct series series[2] = {series_new(a), series_new(b)};
	struct judge_input input[2] = {series_input(&series[0]), series_input(&series[1])};
	struct regression_judgement found = compare(&input[0], &input[1]);

	series_free(&series[0]);
	series_free(&series[1]);
	return found;
}

/* The verdicts' initials: P, F, I, N. */
static const char *initials(const struct regression_judgement *found)
{
	static char text[REGRESSION_COUNT + 1];

	for (int r = 0; r < REGRESSION_COUNT; r++)
		text[r] = verdict_name(found->rules[r].verdict)[0];
	return text;
}

static void expect(const struct plan *a, const struct plan *b, const char *wanted, const char *what)
{
	struct regression_judgement found = compare_plans(a, b);

	tap_text(initials(&found), wanted, what);
	if (found.verdict == VERDICT_FAIL)
		tap_has(text_of(&found.reason), "became worse", "and the reason says so");
}

/* In the order of enum regression: calls, RSS level, growth, faults, throughput. */
static void test_planted(void)
{
	struct plan base = usual(1), same = usual(2), plan;

	expect(&base, &same, "PPPPP", "the same program");
	plan = same;
	plan.calls_per_op *= 1.5;
	expect(&base, &plan, "FPPPP", "half as many calls again");
	expect(&plan, &same, "PPPPP", "fewer calls");
	plan = same;
	plan.rss_bytes *= 1.1;
	expect(&base, &plan, "PFPPP", "RSS 10 % higher");
	expect(&plan, &base, "PPPPP", "RSS lower");
	plan = same;
	plan.leak_pct_per_hour = 42;
	expect(&base, &plan, "PPFPP", "RSS grows by 7 %: 3.5 % on average");
	expect(&plan, &base, "PPPPP", "it has stopped growing");
	plan = same;
	plan.faults_per_op *= 1.5;
	expect(&base, &plan, "PPPFP", "half as many faults again");
	plan = same;
	plan.ops_per_s *= 0.9;
	expect(&base, &plan, "PPPPF", "a tenth slower");
	plan = same;
	plan.ops_per_s *= 1.1;
	expect(&base, &plan, "PPPPP", "faster");
}

static void test_rare(void)
{
	struct plan base = usual(3), plan = usual(4);

	base.calls_per_op = 0;
	base.faults_per_op = 0;
	expect(&base, &plan, "FPPFP", "calls and faults where there were none");
	expect(&plan, &base, "PPPPP", "none where there were some");
	plan = base;
	expect(&base, &plan, "PPPPP", "none and none, in 6e8 ops");
	base.ops_per_s = plan.ops_per_s = 1e5;
	expect(&base, &plan, "IPPPP", "none and none, in too few ops to be sure");
}

/* A leak of both is not a regression, even if the baseline ran for longer or shorter. */
static void test_lengths(void)
{
	struct plan base = usual(5), plan = usual(6);

	base.leak_pct_per_hour = plan.leak_pct_per_hour = 100;
	plan.seconds = 1800;
	expect(&base, &plan, "PPPPP", "the same leak for three times as long");
	expect(&plan, &base, "PPPPP", "the same leak for a third of the time");
}

/* In per cent of runs: at most 2.5 promised for a figure at its margin; the same program less. */
static void test_error_rates(void)
{
	int same = 0, runs = 200, fails[REGRESSION_COUNT] = {0}, passes[REGRESSION_COUNT] = {0};
	static const char *const what[] = {"calls", "RSS level", "growth", "faults", "throughput"};
	char text[80];

	for (int i = 0; i < runs; i++) {
		struct plan base = usual(1000 + 2 * (uint64_t)i), plan;
		struct regression_judgement found;

		base.seconds = 300;
		plan = base;
		plan.seed++;
		found = compare_plans(&base, &plan);
		same += found.verdict == VERDICT_FAIL;
		plan.calls_per_op *= 1.1;
		plan.rss_bytes *= 1.05 / 1.025;
		plan.leak_pct_per_hour = 60; /* 5 % over the run, half of it on average */
		plan.faults_per_op *= 1.1;
		plan.ops_per_s *= 0.95;
		found = compare_plans(&base, &plan);
		for (int r = 0; r < REGRESSION_COUNT; r++) {
			fails[r] += found.rules[r].verdict == VERDICT_FAIL;
			passes[r] += found.rules[r].verdict == VERDICT_PASS;
		}
	}
	tap_between(100.0 * same / runs, 0, 1, "false alarms with the same program, per cent");
	for (int r = 0; r < REGRESSION_COUNT; r++) {
		snprintf(text, sizeof(text), "FAIL at the margin, per cent: %s", what[r]);
		tap_between(100.0 * fails[r] / runs, 0, 6, text);
		snprintf(text, sizeof(text), "PASS at the margin, per cent: %s", what[r]);
		tap_between(100.0 * passes[r] / runs, 0, 6, text);
	}
}

static void test_lacking(void)
{
	struct plan base = usual(7), plan = usual(8);
	struct series series[2] = {series_new(&base), series_new(&plan)};
	struct judge_input input[2] = {series_input(&series[0]), series_input(&series[1])};
	struct regression_judgement found;

	input[0].series[SERIES_OPS] = NULL;
	found = compare(&input[0], &input[1]);
	tap_text(initials(&found), "IPPPI", "a baseline without ops");
	tap_has(text_of(&found.rules[REGRESSION_CALLS].reason), "in the baseline",
		"and which it was");
	input[0].imported = true;
	input[0].series[SERIES_FAULTS] = NULL;
	found = compare(&input[0], &input[1]);
	tap_text(initials(&found), "NPPNN", "an imported baseline: not judged");
	input[0] = series_input(&series[0]);
	input[1].lost_events = 3;
	input[1].missed_ticks = 100;
	found = compare(&input[0], &input[1]);
	tap_text(initials(&found), "IIIPI", "losses take verdicts back");
	input[1] = series_input(&series[1]);
	input[1].target_failed = true;
	input[1].target_end = "was killed by SIGSEGV";
	found = compare(&input[0], &input[1]);
	tap_text(verdict_name(found.verdict), "FAIL", "a target that crashed fails");
	tap_has(text_of(&found.reason), "the target was killed by SIGSEGV", "and why");
	found = compare(&input[1], &input[0]);
	tap_text(verdict_name(found.verdict), "INCONCLUSIVE", "a baseline that crashed is none");
	tap_has(text_of(&found.reason), "of the baseline the target was killed",
		"and which it was");
	input[1] = series_input(&series[1]);
	input[1].n = 10;
	found = compare(&input[0], &input[1]);
	tap_text(initials(&found), "IIIII", "a run without a steady window");
	series_free(&series[0]);
	series_free(&series[1]);
}

/* Cuts a series where it stands still for a day; counters begin anew if the program did. */
static struct judge_input cut(
	struct series *series, size_t at, bool restart, struct judge_break *ret_break)
{
	double *const counters[] = {series->ops, series->calls, series->faults};
	struct judge_input input = series_input(series);

	for (size_t i = at; i < series->n; i++)
		series->t[i] += 86400.0;
	for (size_t c = 0; restart && c < 3; c++) {
		double before = counters[c][at - 1];

		for (size_t i = at; i < series->n; i++)
			counters[c][i] -= before;
	}
	*ret_break = (struct judge_break){.sample = at, .restart = restart};
	input.breaks = ret_break;
	input.nbreaks = 1;
	return input;
}

/* The counter of events from sample `from` on comes `factor` times as fast. */
static void quicken(double *counter, size_t n, size_t from, double factor)
{
	double start = counter[from - 1];

	for (size_t i = from; i < n; i++)
		counter[i] = start + (counter[i] - start) * factor;
}

/* What all pieces say counts, not the longest alone: here the shorter one is worse. */
static void test_pieces(void)
{
	struct plan base = usual(9), plan = usual(10);
	struct series series[2] = {series_new(&base), series_new(&plan)};
	struct judge_break breaks[2];
	struct judge_input input[2];
	struct regression_judgement found;
	const struct rule_result *rules = found.rules;

	input[0] = cut(&series[0], 280, true, &breaks[0]);
	input[1] = cut(&series[1], 350, false, &breaks[1]);
	found = compare(&input[0], &input[1]);
	tap_text(initials(&found), "PPPPP", "the same program, in pieces");
	tap_has(text_of(&rules[REGRESSION_CALLS].reason),
		"; 2 pieces of the baseline judged together, 1 restart; 2 pieces of this run",
		"and the reason says of how many");
	quicken(series[1].calls, series[1].n, 350, 3.0);
	quicken(series[1].faults, series[1].n, 350, 3.0);
	for (size_t i = 350; i < series[1].n; i++)
		series[1].rss[i] *= 1.5;
	found = compare(&input[0], &input[1]);
	tap_between(rules[REGRESSION_CALLS].estimate, 60, 110, "calls of all pieces");
	tap_between(rules[REGRESSION_FAULTS].estimate, 60, 110, "faults of all pieces");
	tap_between(rules[REGRESSION_RSS_LEVEL].estimate, 15, 26, "RSS of all pieces");
	quicken(series[1].ops, series[1].n, 350, 0.5);
	found = compare(&input[0], &input[1]);
	tap_between(rules[REGRESSION_THROUGHPUT].estimate, 15, 26, "ops/s of all pieces");
	series_free(&series[0]);
	series_free(&series[1]);
}

/* Pieces too short to be judged, for most of the time, let no PASS of memory stand. */
static void test_short_pieces(void)
{
	struct plan base = usual(11), plan = usual(12);
	struct series series[2] = {series_new(&base), series_new(&plan)};
	struct judge_input input[2] = {series_input(&series[0]), series_input(&series[1])};
	struct judge_break breaks[40];
	struct regression_judgement found;

	for (size_t b = 0; b < 40; b++)
		breaks[b] = (struct judge_break){
			.sample = 10 * (b + 1), .restart = true}; /* 200 s remain */
	input[1].breaks = breaks;
	input[1].nbreaks = 40;
	found = compare(&input[0], &input[1]);
	tap_near(found.rules[REGRESSION_RSS_LEVEL].verdict, VERDICT_INCONCLUSIVE, 0,
		"too many short pieces");
	tap_has(text_of(&found.rules[REGRESSION_RSS_LEVEL].reason), "too short to be judged",
		": left open");
	series_free(&series[0]);
	series_free(&series[1]);
}

static void test_settings(void)
{
	struct regression_settings settings;
	scoped_text error = {0};

	regression_settings_init(&settings);
	tap_ok(!regression_settings_set(&settings, "rss_level=2.5", &error), "a margin\n");
	tap_near(settings.margin_pct[REGRESSION_RSS_LEVEL], 2.5, 0, "is taken");
	tap_ok(!regression_settings_set(&settings, "throughput=off", &error), "off\n");
	tap_ok(settings.skip[REGRESSION_THROUGHPUT], "is taken\n");
	for (const char *const *bad = (const char *const[]){"rss", "rss_level",
		     "rss_level=", "rss_level=x", "rss_level=-1", "rss_level=nan", "=", "", NULL};
		*bad; bad++) {
		if (!regression_settings_set(&settings, *bad, &error))
			text_set(&error, "%s is taken", *bad);
		tap_has(text_of(&error),
			strncmp(*bad, "rss_level", 9) ? "rss_growth" : "rss_level=off",
			"what is no margin is refused, with the choices");
	}
}

int main(void)
{
	test_planted();
	test_rare();
	test_lengths();
	test_error_rates();
	test_lacking();
	test_pieces();
	test_short_pieces();
	test_settings();
	return tap_done();
}
