/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * throughput_drop and throughput_cv: does it slow down, does it run evenly? See docs/judging.md.
 * Called by judge.c, through the table of rules.
 */
#include <math.h>
#include <stdio.h>

#include "soak/judge/analyses.h"
#include "soak/judge/pace.h"
#include "soak/judge/pace_step.h"
#include "soak/judge/wording.h"
#include "soak/stats/linefit.h"
#include "soak/stats/spread.h"
#include "soak/stats/step_down.h"

#define READINGS_MIN 10
/* the host is read once a second: ten readings, and some to spare */
#define HOST_SEEN_S 15.0
/* a fast start that takes this share of the run or more is no warm-up to be forgotten without a
 * word */
#define FAST_START_SHARE 0.1
#define CUT_SLACK 0.05 /* of the run: the window may begin a little before the step does */
#define LOADING_S 1.0
/* a fast start that takes so much is not a start: what comes after it is a fall */
#define EARLY_SHARE 0.2
/* Mean ops rate of what was set aside as warm-up; 0 where that is too short to matter, or was asked
 * for. */
static double early_rate(const struct rule_context *context)
{
	const struct judge_input *input = context->input;
	const struct steady_window *window = &context->window;
	double start_s = input->t_s[0];
	struct bins bins;

	if (!window->found ||
		window->from_s - start_s < FAST_START_SHARE * (window->to_s - start_s))
		return 0.0;
	bins_rate(
		input->t_s, input->series[SERIES_OPS], input->n, start_s, window->from_s, 1, &bins);
	return isnan(bins.y[0]) ? 0.0 : bins.y[0];
}

/* The same pace per second of the target's CPU time, and the host, for the outputs. */
static void also(struct rule_result *result, double per_cpu, double low, const struct pace *pace)
{
	rule_also(result, "per_cpu_second", per_cpu);
	rule_also(result, "per_cpu_second_low", low);
	rule_also(result, "host_stolen_cpus", pace->steal);
	rule_also(result, "host_other_cpus", pace->other);
	rule_also(result, "cpu_speed_cv", 100.0 * pace->work.cv);
}

/* What about the host may be the reason for a FAIL, so that there is none. */
enum excuse { NO_EXCUSE, HOST_TAKES, HOST_UNSEEN, CPUS_SLOW };

struct sentence_end {
	char text[224];
};

static struct sentence_end say_excuse(enum excuse excuse, const struct pace *pace)
{
	struct sentence_end end = {""};

	if (excuse == HOST_TAKES)
		snprintf(end.text, sizeof(end.text), "; it follows the host's load: %s",
			pace_say_taken(pace).text);
	else if (excuse == HOST_UNSEEN)
		snprintf(end.text, sizeof(end.text),
			"; the host was read too rarely to tell whether its load is "
			"the cause: %s",
			pace_say_taken(pace).text);
	else if (excuse == CPUS_SLOW)
		snprintf(end.text, sizeof(end.text),
			"; it follows the speed of the CPUs, whose own CV is %s",
			say_percent(100.0 * pace->work.cv).text);
	return end;
}

static void advise_excused(
	const struct rule_context *context, enum excuse excuse, struct rule_result *result)
{
	if (excuse == HOST_UNSEEN)
		rule_advise_duration(result, context->window.from_s + HOST_SEEN_S);
	else
		rule_advise(result,
			"run again on a quieter host, or on a CPU of its own: taskset, cpuset");
}

/* The fall over the whole window, not per hour: its half width shrinks as T^-0.5. */
static double stretch_to_decide(double estimate, double high, double target)
{
	double gap = fmax(fabs(target - estimate), 0.2 * target);

	return fmax(pow((high - estimate) / gap, 2.0), 1.1);
}

/* By the clock, or at even speed of the CPUs where that decides sooner and the two agree. */
static void advise_drop(const struct rule_context *context, const struct pace_even *even,
	struct rule_result *result)
{
	double target = result->target, length_s = context->window.to_s - context->window.from_s;
	double stretch = stretch_to_decide(result->estimate, result->high, target);

	if ((even->estimate <= target) == (result->estimate <= target) && !isnan(even->high))
		stretch = fmin(stretch, stretch_to_decide(even->estimate, even->high, target));
	rule_advise_duration(result, context->window.from_s + length_s * stretch);
}

/* The fall of ops per CPU second, in per cent; NaN where it is not known. */
static double fall_per_cpu(const struct rule_context *context, const struct pace *pace,
	double *ret_start, double *ret_low)
{
	const struct steady_window *window = &context->window;
	const struct pace_course *course = &pace->taken.by_cpu;
	struct linefit fit;
	double scale;

	*ret_low = *ret_start = NAN;
	if (course->n < READINGS_MIN ||
		linefit(course->t, course->y, course->n, context->confidence, &fit))
		return NAN;
	*ret_start = linefit_at(&fit, window->from_s);
	scale = -100.0 * (window->to_s - window->from_s) / *ret_start;
	*ret_low = fit.slope_high * scale;
	return fit.slope * scale;
}

/*
 * Is what remains of the fall, without what goes along with this reason, within the target, by the
 * clock and per CPU second? A reason that did not grow explains none of it.
 */
static bool explains_drop(const struct rule_context *context, const struct pace_reason *reason,
	double start, double cpu_start, double target)
{
	const struct steady_window *window = &context->window;

	if (pace_fall_low(&reason->by_wall, window->from_s, window->to_s, start,
		    context->confidence) > target)
		return false;
	return !(cpu_start > 0.0) || pace_fall_low(&reason->by_cpu, window->from_s, window->to_s,
					     cpu_start, context->confidence) <= target;
}

static enum excuse excuse_drop(const struct rule_context *context, const struct pace *pace,
	double start, double cpu_start, double target)
{
	if (pace_disturbed(pace) && explains_drop(context, &pace->taken, start, cpu_start, target))
		return HOST_TAKES;
	if (pace_speed_known(pace) && explains_drop(context, &pace->slow, start, cpu_start, target))
		return CPUS_SLOW;
	return pace_disturbed_unseen(pace) ? HOST_UNSEEN : NO_EXCUSE;
}

/* Inconclusive: a slow-down before the steady window, or a fast warm-up? */
static bool drop_hides(const struct rule_context *context, double start, struct rule_result *result)
{
	double early = early_rate(context);

	if (start >= early * (1.0 - result->target / 100.0))
		return false;
	rule_conclude(result, VERDICT_INCONCLUSIVE,
		"ops ran at %s before the steady window and at %s from its start: a slow-down, or "
		"a fast warm-up",
		say_rate(early).text, say_rate(start).text);
	rule_advise(result, "say how long the warm-up is, then judge again: --warmup 30s");
	return true;
}

/*
 * What the clock leaves open, the fall at even speed of the CPUs may decide, if the clock's best
 * guess lies on the same side of the target.
 */
static enum verdict decide_drop(const struct rule_result *result, const struct pace_even *even)
{
	enum verdict verdict = rule_decide(result);

	if (verdict != VERDICT_INCONCLUSIVE)
		return verdict;
	if (even->high <= result->target && result->estimate <= result->target)
		return VERDICT_PASS;
	if (even->low > result->target && result->estimate > result->target)
		return VERDICT_FAIL;
	return VERDICT_INCONCLUSIVE;
}

/* `decides`: the rule's figures are these. */
static struct sentence_end say_even(const struct pace_even *even, bool decides)
{
	struct sentence_end end = {""};

	if (!isnan(even->estimate))
		snprintf(end.text, sizeof(end.text), "; at even CPU speed %s, between %s and %s%s",
			say_percent(even->estimate).text, say_percent(even->low).text,
			say_percent(even->high).text, decides ? ", which decides" : "");
	return end;
}

/* Figures for the outputs: what decides stands in the rule's own place. */
static void also_even(struct rule_result *result, const struct pace_even *even, bool decides)
{
	rule_also(result, "at_even_speed", even->estimate);
	rule_also(result, "by_the_clock", result->estimate);
	if (!decides)
		return;
	result->estimate = even->estimate;
	result->low = even->low;
	result->high = even->high;
}

static void drop_conclude(const struct rule_context *context, const struct linefit *fit,
	const struct pace *pace, struct rule_result *result)
{
	double from_s = context->window.from_s, length_s = context->window.to_s - from_s;
	double start = linefit_at(fit, from_s), cpu_start, cpu_low,
	       scale = -100.0 * length_s / start;
	double per_cpu = fall_per_cpu(context, pace, &cpu_start, &cpu_low);
	struct pace_even even = {NAN, NAN, NAN};
	enum excuse excuse = NO_EXCUSE;
	enum verdict verdict;
	bool decides;

	/* + 0.0 turns the -0 of a flat line into 0 */
	result->estimate = fit->slope * scale + 0.0;
	result->low = fit->slope_high * scale + 0.0;
	result->high = fit->slope_low * scale + 0.0;
	also(result, per_cpu, cpu_low, pace);
	if (pace_speed_known(pace))
		even = pace_fall(&pace->slow.by_wall, from_s, context->window.to_s, start,
			context->confidence);
	verdict = decide_drop(result, &even);
	decides = verdict != rule_decide(result);
	if (verdict == VERDICT_PASS && drop_hides(context, start, result)) {
		also_even(result, &even, false);
		return;
	}
	if (verdict == VERDICT_FAIL)
		excuse = excuse_drop(context, pace, start, cpu_start, result->target);
	rule_conclude(result, excuse ? VERDICT_INCONCLUSIVE : verdict,
		"ops went from %s to %s in %s: a fall of %s, between %s and %s, where %s is "
		"allowed; per CPU second %s%s",
		say_rate(start).text, say_rate(start + fit->slope * length_s).text,
		say_duration(length_s).text, say_percent(result->estimate).text,
		say_percent(result->low).text, say_percent(result->high).text,
		say_percent(result->target).text,
		isnan(per_cpu) ? "unknown" : say_percent(per_cpu).text,
		excuse ? say_excuse(excuse, pace).text : say_even(&even, decides).text);
	also_even(result, &even, decides && !excuse);
	if (excuse)
		advise_excused(context, excuse, result);
	else if (verdict == VERDICT_INCONCLUSIVE)
		advise_drop(context, &even, result);
}

static enum excuse excuse_step(
	const struct pace *pace, double when_s, double fall, double confidence, double target)
{
	const struct pace_course *slow = &pace->slow.by_wall;

	if (pace_disturbed(pace) &&
		pace_step_explained(&pace->taken.by_wall, when_s, confidence, target))
		return HOST_TAKES;
	if (pace_speed_known(pace) && (pace_step_explained(slow, when_s, confidence, target) ||
					      pace_step_of_cpus(slow, when_s, fall, confidence)))
		return CPUS_SLOW;
	return pace_disturbed_unseen(pace) ? HOST_UNSEEN : NO_EXCUSE;
}

/* A fall that a line does not show: the pace steps down, or ends lower than it began. */
static bool find_step(
	const struct rule_context *context, double from, double until_s, struct rule_result *result)
{
	const struct pace *pace = pace_of(context, false);
	enum excuse excuse;
	struct step_down step;
	double when_s;

	if (step_down(pace->wall.y, NULL, pace->wall.n, from, context->confidence, &step) != 0 ||
		step.low <= result->target)
		return false;
	when_s = pace_step_when(pace, &step);
	if (when_s > until_s)
		return false;
	excuse = excuse_step(pace, when_s, step.fall, context->confidence, result->target);
	rule_conclude(result, excuse ? VERDICT_INCONCLUSIVE : VERDICT_FAIL,
		"ops went from %s to %s at %s: a fall of %s, between %s and %s, where %s is "
		"allowed%s",
		say_rate(step.before).text, say_rate(step.after).text, say_clock(when_s).text,
		say_percent(step.fall).text, say_percent(step.low).text,
		say_percent(step.high).text, say_percent(result->target).text,
		say_excuse(excuse, pace).text);
	result->estimate = step.fall;
	result->low = step.low;
	result->high = step.high;
	if (excuse)
		advise_excused(context, excuse, result);
	return true;
}

/* The same of the whole run: was it faster in what was set aside, for longer than a start takes? */
static void find_early_step(const struct rule_context *context, struct rule_result *result)
{
	const struct judge_input *input = context->input;
	struct rule_analyses analyses = {.cycles_known = false};
	struct rule_context whole = *context;

	if (!context->window.found)
		return;
	whole.analyses = &analyses;
	whole.window.first = 0;
	while (whole.window.first < context->window.first &&
		input->t_s[whole.window.first] < input->t_s[0] + LOADING_S)
		whole.window.first++;
	whole.window.samples += context->window.first - whole.window.first;
	whole.window.from_s = input->t_s[whole.window.first];
	find_step(&whole, EARLY_SHARE,
		context->window.from_s + CUT_SLACK * (whole.window.to_s - whole.window.from_s),
		result);
}

void rule_throughput_drop(const struct rule_context *context, struct judgement *judgement)
{
	struct rule_result *result = &judgement->rules[RULE_THROUGHPUT_DROP];
	struct linefit fit;
	const struct pace *pace = pace_of(context, false);

	if (pace->wall.n < READINGS_MIN ||
		linefit(pace->wall.t, pace->wall.y, pace->wall.n, context->confidence, &fit) != 0) {
		rule_too_few(result, "ops", pace->wall.n);
		return;
	}
	if (!(linefit_at(&fit, context->window.from_s) > 0.0)) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"no ops were counted at the start of the steady window");
		rule_advise(result, "see whether ops are counted: soak run --ops preload");
		return;
	}
	drop_conclude(context, &fit, pace, result);
	if (rule_decide(result) != VERDICT_FAIL && !find_step(context, 0.0, INFINITY, result))
		find_early_step(context, result);
}

/*
 * Does the pace's scatter go along with the host so far that the host may be the reason? A course
 * that is even by itself (ops per CPU second of a target that sleeps) explains no unevenness.
 */
static bool explains_scatter(const struct pace_course *course, double confidence, double target)
{
	struct pace_scatter scatter = pace_scatter(course, confidence);
	struct spread own;

	if (spread(course->y, course->n, confidence, &own) || 100.0 * own.cv_low <= target)
		return false;
	return scatter.share > 0.0 &&
	       (scatter.share >= PACE_HOST_SHARE || scatter.left.low <= target);
}

static bool explains_cv(const struct pace_reason *reason, double confidence, double target)
{
	return explains_scatter(&reason->by_wall, confidence, target) ||
	       (reason->by_cpu.n >= READINGS_MIN &&
		       explains_scatter(&reason->by_cpu, confidence, target));
}

/*
 * A FAIL by the clock stands unless the pace, by the clock or per CPU second, goes along with what
 * the host took, but did not fail by itself while it took nothing; or with the speed of its CPUs.
 */
static enum excuse excuse_cv(
	const struct rule_context *context, const struct pace *pace, double target)
{
	double confidence = context->confidence;

	if (pace_disturbed(pace) && !(pace_quiet_low(&pace->taken.by_wall, confidence) > target) &&
		explains_cv(&pace->taken, confidence, target))
		return HOST_TAKES;
	if (pace_speed_known(pace) && (explains_cv(&pace->slow, confidence, target) ||
					      pace_uneven_by_step(pace, confidence, target)))
		return CPUS_SLOW;
	return pace_disturbed_unseen(pace) ? HOST_UNSEEN : NO_EXCUSE;
}

/* Of one thread throughout: it cannot have slowed its own CPU down from another. */
static bool is_alone(const struct rule_context *context)
{
	const double *threads = context->input->series[SERIES_THREADS];

	if (!threads)
		return false;
	threads = window_series(context, threads);
	for (size_t i = 0; i < context->window.samples; i++)
		if (threads[i] > 1.0)
			return false;
	return true;
}

static void cv_conclude(const struct rule_context *context, const struct spread *rate,
	const struct pace *pace, struct rule_result *result)
{
	struct spread cpu = {.cv = NAN, .cv_low = NAN};
	struct pace_even even = {NAN, NAN, NAN};
	enum excuse excuse = NO_EXCUSE;
	enum verdict verdict;
	bool decides;

	if (pace->taken.by_cpu.n >= READINGS_MIN)
		spread(pace->taken.by_cpu.y, pace->taken.by_cpu.n, context->confidence, &cpu);
	result->estimate = 100.0 * rate->cv;
	result->low = 100.0 * rate->cv_low;
	result->high = 100.0 * rate->cv_high;
	also(result, 100.0 * cpu.cv, 100.0 * cpu.cv_low, pace);
	if (pace_speed_known(pace))
		even = pace_scatter(&pace->slow.by_wall, context->confidence).left;
	verdict = rule_decide(result);
	if (verdict == VERDICT_FAIL)
		excuse = excuse_cv(context, pace, result->target);
	decides = verdict != VERDICT_PASS && even.high <= result->target && is_alone(context);
	if (decides) {
		verdict = VERDICT_PASS;
		excuse = NO_EXCUSE;
	}
	rule_conclude(result, excuse ? VERDICT_INCONCLUSIVE : verdict,
		"ops/s over %zu bins of %s: %s with a CV of %s, between %s and %s, where %s is "
		"allowed; per CPU second %s%s%s",
		rate->n, say_duration(pace->wall.width_s).text, say_rate(rate->mean).text,
		say_percent(result->estimate).text, say_percent(result->low).text,
		say_percent(result->high).text, say_percent(result->target).text,
		isnan(cpu.cv) ? "unknown" : say_percent(100.0 * cpu.cv).text,
		say_excuse(excuse, pace).text, say_even(&even, decides).text);
	also_even(result, &even, decides);
	if (excuse)
		advise_excused(context, excuse, result);
	else if (verdict == VERDICT_INCONCLUSIVE)
		rule_advise_duration(
			result, context->window.from_s +
					4.0 * (context->window.to_s - context->window.from_s));
}

void rule_throughput_cv(const struct rule_context *context, struct judgement *judgement)
{
	struct rule_result *result = &judgement->rules[RULE_THROUGHPUT_CV];
	struct spread rate;
	const struct pace *pace = pace_of(context, true);

	if (pace->wall.n < READINGS_MIN ||
		spread(pace->wall.y, pace->wall.n, context->confidence, &rate) != 0) {
		rule_too_few(result, "ops", pace->wall.n);
		return;
	}
	cv_conclude(context, &rate, pace, result);
}
