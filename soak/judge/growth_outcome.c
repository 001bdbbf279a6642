/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Outcomes of growth: see growth_outcome.h. Called by the rules on growth. */
#include <math.h>

#include <gsl/gsl_cdf.h>

#include "soak/judge/analyses.h"
#include "soak/judge/growth_outcome.h"
#include "soak/judge/pieces.h"
#include "soak/stats/linefit.h"

#define HOUR_S 3600.0
#define TAIL (1.0 / 3.0)
#define ROSE_MIN 0.01 /* of the level: less is flat */
#define DONE 3.0      /* time constants after which a twentieth of a warm-up is left */

static struct outcome of_slope(enum outcome_kind kind, const struct resident_growth *growth,
	double slope, double low, double high)
{
	double scale = 100.0 * HOUR_S / growth->level_bytes;

	return (struct outcome){kind, slope * scale, low * scale, high * scale};
}

/* Less at first than the line that fits the end: slower growth, or none. */
static bool bends_up(const struct longrun *fit)
{
	return fit->height < 0.0 &&
	       (fit->event == LONGRUN_EXPONENTIAL || fit->event == LONGRUN_LOGARITHMIC ||
		       fit->event == LONGRUN_STOP);
}

static bool fit_tail(const struct rule_context *context, struct linefit *ret_line)
{
	const struct steady_window *window = &context->window;
	double from_s = window->to_s - TAIL * (window->to_s - window->from_s);
	struct bins bins;

	bins_mean(window_series(context, context->input->t_s),
		window_series(context, context->resident_bytes), window->samples, from_s,
		window->to_s, window_bins(context, 0.1), &bins);
	bins_drop_empty(&bins);
	return linefit(bins.t, bins.y, bins.n, context->confidence, ret_line) == 0;
}

static struct outcome of_growing(
	const struct rule_context *context, const struct resident_growth *growth)
{
	const struct staircase *stairs = &growth->stairs;
	struct linefit tail;

	if (stairs->jumps > 0)
		return (struct outcome){OUTCOME_STAIRCASE, HOUR_S * stairs->slope / stairs->height,
			HOUR_S * stairs->low / stairs->height,
			HOUR_S * stairs->high / stairs->height};
	if (!growth->cycles && bends_up(&growth->fit) && fit_tail(context, &tail))
		return of_slope(
			OUTCOME_ACCELERATING, growth, tail.slope, tail.slope_low, tail.slope_high);
	return of_slope(OUTCOME_LEAK, growth, growth->fit.slope, growth->low, growth->high);
}

static struct outcome of_cycles(const struct bins *lows)
{
	double n = (double)lows->n - 1.0, mean = (lows->t[lows->n - 1] - lows->t[0]) / n;
	double squares = 0.0, half;

	for (size_t i = 1; i < lows->n; i++)
		squares += pow(lows->t[i] - lows->t[i - 1] - mean, 2.0);
	half = gsl_cdf_tdist_Pinv(0.975, n - 1.0) * sqrt(squares / (n - 1.0) / n);
	return (struct outcome){OUTCOME_SAWTOOTH, mean, mean - half, mean + half};
}

/* When what rose had risen, since the start of the recording. */
static struct outcome of_plateau(const struct rule_context *context, const struct longrun *fit)
{
	const struct pieces *pieces = context->pieces;
	bool fades = fit->event == LONGRUN_EXPONENTIAL;
	double origin = fades ? fit->origin : 0.0, times = fades ? DONE : 1.0;

	origin += pieces ? pieces->piece[pieces->longest].begin_s : 0.0;
	return (struct outcome){OUTCOME_PLATEAU, origin + times * fit->when,
		origin + times * fit->when_low, origin + times * fit->when_high};
}

/*
 * What was set aside as warm-up rose to the level: it was reached where the window begins, up to
 * one of the bins by which that was found.
 */
static bool rose_before(const struct rule_context *context, const struct resident_growth *growth,
	struct outcome *ret_outcome)
{
	const struct judge_input *input = context->input;
	const struct steady_window *window = &context->window;
	double bin_s = (window->to_s - input->t_s[0]) / BINS_MAX, begin_s;
	struct bins bins;

	if (!window->found || window->first == 0)
		return false;
	bins_mean(input->t_s, context->resident_bytes, input->n, input->t_s[0], window->to_s,
		BINS_MAX, &bins);
	bins_drop_empty(&bins);
	if (bins.n == 0 || !(bins.y[0] < (1.0 - ROSE_MIN) * growth->level_bytes))
		return false;
	begin_s = context->pieces ? context->pieces->piece[context->pieces->longest].begin_s : 0.0;
	begin_s += window->from_s;
	*ret_outcome = (struct outcome){OUTCOME_PLATEAU, begin_s, begin_s - bin_s, begin_s + bin_s};
	return true;
}

static bool ends(const struct longrun *fit)
{
	return fit->height > 0.0 &&
	       (fit->event == LONGRUN_EXPONENTIAL || fit->event == LONGRUN_STOP ||
		       fit->event == LONGRUN_STEP);
}

static struct outcome find(const struct rule_context *context, const struct resident_growth *growth,
	const struct rule_result *result)
{
	const struct longrun *fit = &growth->fit;
	size_t restarts = context->pieces ? context->pieces->restarts : 0;
	struct outcome plateau;

	if (restarts > 0)
		return (struct outcome){
			OUTCOME_RESTARTED, (double)restarts, (double)restarts, (double)restarts};
	if (result->verdict == VERDICT_FAIL)
		return of_growing(context, growth);
	if (growth->cycles && context->analyses->cycles.low.n > 2)
		return of_cycles(&context->analyses->cycles.low);
	if (result->verdict == VERDICT_PASS && ends(fit))
		return of_plateau(context, fit);
	if (result->verdict == VERDICT_PASS && rose_before(context, growth, &plateau))
		return plateau;
	if (result->verdict == VERDICT_PASS)
		return of_slope(OUTCOME_FLAT, growth, fit->slope, growth->low, growth->high);
	if (fit->day)
		return of_slope(OUTCOME_MORNING, growth, fit->slope, growth->low, growth->high);
	return (struct outcome){OUTCOME_NONE, NAN, NAN, NAN};
}

/* What the figures of the rule do not say already. */
void growth_outcome(const struct rule_context *context, const struct resident_growth *growth,
	struct rule_result *result)
{
	struct outcome outcome = find(context, growth, result);
	const struct outcome_info *info = outcome_info(outcome.kind);

	result->outcome = outcome;
	if (outcome.kind == OUTCOME_PLATEAU)
		rule_add_reason(result, "; %s reached at %.9s (%.9s to %.9s)", info->word,
			say_clock(outcome.estimate).text, say_clock(outcome.low).text,
			say_clock(outcome.high).text);
	else if (outcome.kind == OUTCOME_SAWTOOTH)
		rule_add_reason(result, "; %s with a period of %s (%s to %s)", info->word,
			say_duration(outcome.estimate).text, say_duration(outcome.low).text,
			say_duration(outcome.high).text);
	else if (outcome.kind == OUTCOME_STAIRCASE)
		rule_add_reason(result, "; %s of %.3g steps per hour (%.3g to %.3g)", info->word,
			outcome.estimate, outcome.low, outcome.high);
	else if (outcome.kind == OUTCOME_ACCELERATING)
		rule_add_reason(result, "; %s, to %.3g %%/h at the end (%.3g to %.3g)", info->word,
			outcome.estimate, outcome.low, outcome.high);
}
