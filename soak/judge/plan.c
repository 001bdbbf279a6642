/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a run must be: see plan.h. Used by soak plan. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "soak/judge/plan_trial.h"
#include "soak/judge/rules.h"
#include "soak/judge/run_figures.h"
#include "soak/stats/bins.h"
#include "soak/stats/chi_square.h"
#include "soak/stats/linefit.h"
#include "soak/stats/poisson_plan.h"

#define CV_BINS_MIN 10
#define CV_BINS_MAX 100
#define CV_WINDOW_MAX_S 2.6e6 /* 30 days */
#define CV_WINDOW_STEP 1.02
#define MEMORIES_MIN 10.0 /* of noise: in a shorter window its spread does not show */

void plan_program_init(struct plan_program *program)
{
	const struct plan_resident resident = {
		.bytes = 64.0 * 1024 * 1024, .noise = 0.005, .every_s = 0.1};

	*program = (struct plan_program){.ops_per_s = 50e6,
		.rss = resident,
		.memory = resident,
		.ops_noise = 0.01,
		.ops_every_s = 1.0,
		.page_bytes = 4096};
}

/* Increase per second between two times; NaN where it was not read. */
static double rate(struct run *run, enum series_id series, double from_s, double to_s)
{
	const double *t = run_times(run), *values = run_sum(run, series);
	struct series_gain gain = {NAN, NAN};

	if (t && values)
		gain = series_gain(t, values, run_sample_count(run), from_s, to_s);
	return gain.gain / gain.seconds;
}

/* Its noise about its line, and for how long that remembers. */
static void measure(struct run *run, enum series_id series, double from_s, double to_s,
	struct plan_resident *resident)
{
	const double *t = run_times(run), *bytes = run_sum(run, series);
	double squares = 0.0, start;
	struct linefit fit;
	struct bins bins;

	if (!t || !bytes)
		return;
	bins_mean(t, bytes, run_sample_count(run), from_s, to_s, BINS_MAX, &bins);
	bins_drop_empty(&bins);
	if (linefit(bins.t, bins.y, bins.n, 0.95, &fit) != 0)
		return;
	for (size_t i = 0; i < bins.n; i++)
		squares += pow(bins.y[i] - linefit_at(&fit, bins.t[i]), 2.0);
	start = linefit_at(&fit, from_s);
	if (!(start > 0.0))
		return;
	*resident = (struct plan_resident){.bytes = start,
		.noise = sqrt(squares / (double)(bins.n - 2)) / start,
		.every_s = bins.width_s,
		.memory_s = fit.correlation > 0.0 ? -bins.width_s / log(fit.correlation) : 0.0};
}

/* Files, which memory_drift counts in the level alone. */
static double beside(struct run *run, const struct judgement *judgement)
{
	double file = run_window(run, run_sum(run, SERIES_FILE), judgement).mean;
	double shmem = run_window(run, run_sum(run, SERIES_SHMEM), judgement).mean;

	return isfinite(file - shmem) ? fmax(file - shmem, 0.0) : 0.0;
}

static void take(double *value, double seen)
{
	if (isfinite(seen))
		*value = seen;
}

int plan_program_from(
	struct run *run, const struct judgement *judgement, struct plan_program *program)
{
	double from_s = judgement->from_s, to_s = judgement->to_s;
	const struct rule_result *cv = &judgement->rules[RULE_THROUGHPUT_CV];
	double ops = rate(run, SERIES_OPS, from_s, to_s);

	if (from_s > to_s)
		return -EINVAL;
	measure(run, SERIES_RSS, from_s, to_s, &program->rss);
	program->memory = program->rss;
	measure(run, SERIES_MEMORY, from_s, to_s, &program->memory);
	program->memory.beside_bytes = beside(run, judgement);
	if (ops > 0.0)
		program->ops_per_s = ops;
	take(&program->calls_per_op, judgement->rules[RULE_SYSCALL_BUDGET].estimate);
	take(&program->calls_per_s, judgement->rules[RULE_SYSCALL_RATE].estimate);
	take(&program->churn_per_op, judgement->rules[RULE_CHURN_BUDGET].estimate);
	take(&program->ops_noise, cv->estimate / 100.0);
	if (isfinite(cv->estimate))
		program->ops_every_s = fmax(1.0, (to_s - from_s) / CV_BINS_MAX);
	take(&program->faults_per_s, rate(run, SERIES_FAULTS, from_s, to_s));
	program->page_bytes = fmax(run_fact_number(run, "page_bytes", program->page_bytes),
		run_fact_number(run, "rss_step_bytes", 0));
	return 0;
}

/* Calls per op; or per second, where an op is a second. */
static void plan_count(double ops_per_s, double rate, double target, double violation,
	double confidence, struct plan_need *need)
{
	need->pass_ops = poisson_plan_below(rate, target, confidence, PLAN_POWER);
	need->detect_ops = poisson_plan_above(violation * target, target, confidence, PLAN_POWER);
	need->pass_s = need->pass_ops / ops_per_s;
	need->detect_s = need->detect_ops / ops_per_s;
}

int plan_syscall_budget(const struct plan_program *program, const struct judge_settings *settings,
	enum rule rule, double violation, struct plan_need *need)
{
	plan_count(program->ops_per_s, program->calls_per_op, settings->target[rule], violation,
		settings->confidence, need);
	return 0;
}

int plan_churn_budget(const struct plan_program *program, const struct judge_settings *settings,
	enum rule rule, double violation, struct plan_need *need)
{
	plan_count(program->ops_per_s, program->churn_per_op, settings->target[rule], violation,
		settings->confidence, need);
	return 0;
}

int plan_syscall_rate(const struct plan_program *program, const struct judge_settings *settings,
	enum rule rule, double violation, struct plan_need *need)
{
	plan_count(1.0, program->calls_per_s, settings->target[rule], violation,
		settings->confidence, need);
	need->pass_ops = need->detect_ops = NAN;
	return 0;
}

/*
 * In a window of so many seconds, of bins of a second or longer: chi^2 over df is (s / sigma)^2, of
 * the df that spread() finds where neighbours resemble each other; 0: too short.
 */
static double cv_df(const struct plan_program *program, double window_s)
{
	double bins = fmin(floor(window_s), CV_BINS_MAX), memory_s = program->ops_memory_s;
	double r = memory_s > 0.0 ? exp(-window_s / bins / memory_s) : 0.0;

	if (bins < CV_BINS_MIN || window_s < MEMORIES_MIN * memory_s)
		return 0.0;
	return fmax((bins - 1.0) * (1.0 - r * r) / (1.0 + r * r), 1.0);
}

int plan_throughput_cv(const struct plan_program *program, const struct judge_settings *settings,
	enum rule rule, double violation, struct plan_need *need)
{
	double target = settings->target[rule];
	double tail = (1.0 - settings->confidence) / 2.0;
	double slack = pow(target / 100.0 / program->ops_noise, 2.0);

	need->pass_s = need->detect_s = INFINITY;
	for (double window_s = CV_WINDOW_MAX_S; window_s >= CV_BINS_MIN;
		window_s = floor(window_s / CV_WINDOW_STEP)) {
		double df = cv_df(program, window_s);

		if (!(df > 0.0))
			break;
		if (gsl_cdf_chisq_P(slack * chi_square_quantile(tail, df), df) >= PLAN_POWER)
			need->pass_s = 2.0 * window_s;
		if (gsl_cdf_chisq_Q(chi_square_quantile(1.0 - tail, df) / (violation * violation),
			    df) >= PLAN_POWER)
			need->detect_s = 2.0 * window_s;
	}
	return 0;
}

/* `excess`: the field of the trial that makes a run violate its target, to what is given. */
static int plan_by_trial(
	struct plan_trial *trial, double *excess, double violating, struct plan_need *need)
{
	trial->want = VERDICT_PASS;
	need->pass_s = plan_trial_length(trial);
	trial->want = VERDICT_FAIL;
	*excess = violating;
	need->detect_s = plan_trial_length(trial);
	return need->pass_s < 0.0 || need->detect_s < 0.0 ? -ENOMEM : 0;
}

const struct plan_resident *plan_resident(const struct plan_program *program, enum rule rule)
{
	return rule == RULE_MEMORY_DRIFT ? &program->memory : &program->rss;
}

int plan_drift(const struct plan_program *program, const struct judge_settings *settings,
	enum rule rule, double violation, struct plan_need *need)
{
	struct plan_trial trial = {.program = program, .settings = settings, .rule = rule};
	struct judge_target target = judge_settings_target(settings, rule);
	const struct plan_resident *resident = plan_resident(program, rule);
	double level = resident->bytes + resident->beside_bytes;
	double slope = violation * target.value * growth_unit_slope(&target.unit, level);

	return plan_by_trial(&trial, &trial.leak_bytes_per_s, slope, need);
}

int plan_fault_growth(const struct plan_program *program, const struct judge_settings *settings,
	enum rule rule, double violation, struct plan_need *need)
{
	struct plan_trial trial = {.program = program, .settings = settings, .rule = rule};

	need->planned = program->faults_per_s >= 1.0;
	return need->planned ? plan_by_trial(&trial, &trial.fault_growth_pct,
				       violation * settings->target[rule], need)
			     : 0;
}

int plan_throughput_drop(const struct plan_program *program, const struct judge_settings *settings,
	enum rule rule, double violation, struct plan_need *need)
{
	struct plan_trial trial = {.program = program, .settings = settings, .rule = rule};

	return plan_by_trial(&trial, &trial.ops_fall_pct, violation * settings->target[rule], need);
}

/* Would the trials of rss_drift and memory_drift be the same? */
static bool is_like_rss(const struct plan_program *program, const struct judge_settings *settings)
{
	struct judge_target rss = judge_settings_target(settings, RULE_RSS_DRIFT),
			    memory = judge_settings_target(settings, RULE_MEMORY_DRIFT);

	return memcmp(&program->rss, &program->memory, sizeof(program->rss)) == 0 &&
	       rss.value == memory.value && strcmp(rss.unit.name, memory.unit.name) == 0;
}

int plan(const struct plan_program *program, const struct judge_settings *settings,
	double violation, struct plan_need ret_need[RULE_COUNT])
{
	int code = 0;

	for (int r = 0; r < RULE_COUNT && !code; r++) {
		plan_fn *length = settings->skip[r] ? NULL : rule_table[r].plan;

		ret_need[r] = (struct plan_need){
			.planned = length != NULL, .pass_ops = NAN, .detect_ops = NAN};
		if (r == RULE_MEMORY_DRIFT && length && ret_need[RULE_RSS_DRIFT].planned &&
			is_like_rss(program, settings))
			ret_need[r] = ret_need[RULE_RSS_DRIFT];
		else if (length)
			code = length(program, settings, r, violation, &ret_need[r]);
	}
	return code;
}
