/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One tooth or a leak: see tooth.h. Called by the rules of RSS. */
#include <math.h>

#include "soak/judge/analyses.h"
#include "soak/judge/tooth.h"
#include "soak/judge/wording.h"

#define RISE_OVER_FALL 1.5
#define STARTUP_SHARE 0.1
#define LOADING_S 1.0
#define FALL_OF_RISE 0.25

struct tooth {
	bool possible;
	double fall_bytes, when_s; /* an evident fall; 0: none, but the whole run need not grow */
	double length_s;           /* of that tooth; NAN: none */
};

/* Did RSS fall so far that the rise on either side may be a recovery from that fall? */
static bool comes_back(
	const struct longrun *fit, double from, double to, double earliest, struct tooth *ret_tooth)
{
	double rise = fit->slope * fmax(fit->when - from, to - fit->when);

	if (fit->event != LONGRUN_STEP || !(fit->height < 0.0) || !(fit->slope > 0.0) ||
		fit->when < earliest || rise > RISE_OVER_FALL * -fit->height)
		return false;
	ret_tooth->fall_bytes = -fit->height;
	ret_tooth->when_s = fit->when;
	ret_tooth->length_s = -fit->height / fit->slope;
	return true;
}

static int fit_whole(
	const struct rule_context *context, double from, double to, struct longrun *ret_fit)
{
	const struct judge_input *input = context->input;
	struct cycles cycles;
	struct bins bins;

	if (cycles_find(input->t_s, context->resident_bytes, input->n, from, to,
		    RESIDENT_CYCLE_PAGES * input->page_bytes, &cycles))
		return resident_fit(context, &cycles.low, ret_fit);
	bins_mean(input->t_s, context->resident_bytes, input->n, from, to, BINS_MAX, &bins);
	bins_drop_empty(&bins);
	return resident_fit(context, &bins, ret_fit);
}

/* The same for each slope: made once. */
static int whole_run(
	const struct rule_context *context, double from, double to, struct longrun *ret_fit)
{
	struct rule_analyses *analyses = context->analyses;

	if (!analyses->whole_known)
		analyses->whole_error = fit_whole(context, from, to, &analyses->whole);
	analyses->whole_known = true;
	*ret_fit = analyses->whole;
	return analyses->whole_error;
}

/* Is the deepest fall worth speaking of, beside the highest rise? */
static bool falls(const struct rule_context *context, double from, double to)
{
	double lowest = INFINITY, highest = -INFINITY, rise = 0.0, fall = 0.0;
	struct bins bins;

	bins_mean(context->input->t_s, context->resident_bytes, context->input->n, from, to,
		BINS_MAX, &bins);
	bins_drop_empty(&bins);
	for (size_t i = 0; i < bins.n; i++) {
		lowest = fmin(lowest, bins.y[i]);
		highest = fmax(highest, bins.y[i]);
		rise = fmax(rise, bins.y[i] - lowest);
		fall = fmax(fall, highest - bins.y[i]);
	}
	return fall >= FALL_OF_RISE * rise;
}

static struct tooth tooth_look(
	const struct rule_context *context, const struct resident_growth *growth, double slope)
{
	const struct steady_window *window = &context->window;
	const struct judge_input *input = context->input;
	double from = fmin(input->t_s[0] + LOADING_S, window->from_s), to = window->to_s;
	struct tooth tooth = {.length_s = NAN};
	struct longrun whole;

	if (context->pieces) /* each was looked at: joint_growth.h */
		return (struct tooth){.length_s = NAN};
	if (growth->falls > 0 || !falls(context, from, to))
		return tooth;
	tooth.possible = comes_back(&growth->fit, window->from_s, to, window->from_s, &tooth);
	if (tooth.possible || !window->found || whole_run(context, from, to, &whole) != 0)
		return tooth;
	tooth.possible = comes_back(&whole, from, to, from + STARTUP_SHARE * (to - from), &tooth) ||
			 whole.low <= slope;
	if (tooth.possible && isnan(tooth.length_s))
		tooth.length_s = cycles_guess(input->t_s, context->resident_bytes, input->n, from,
			to, growth->material_bytes);
	return tooth;
}

bool tooth_possible(
	const struct rule_context *context, const struct resident_growth *growth, double bearable)
{
	return tooth_look(context, growth, bearable).possible;
}

static void tooth_advise(const struct rule_context *context, const struct tooth *tooth,
	const struct resident_growth *growth, double slope, struct rule_result *result)
{
	if (tooth->length_s > 0.0)
		rule_advise_duration(result, RESIDENT_CYCLES_WANTED * tooth->length_s);
	else
		resident_advise(context, growth, slope, result);
}

static void doubt_tooth(
	const struct rule_context *context, const struct tooth *tooth, struct rule_result *result)
{
	if (tooth->fall_bytes > 0.0)
		rule_add_reason(result,
			"; it fell by %s at %s and rose by little more: this may be "
			"one tooth of a sawtooth",
			context->say(tooth->fall_bytes).text, say_clock(tooth->when_s).text);
	else
		rule_add_reason(result, "; the whole run, warm-up included, may not grow at all");
}

void tooth_weigh(const struct rule_context *context, const struct resident_growth *growth,
	double bearable, double allowed, struct rule_result *result)
{
	bool ended = growth->lately.high < growth->low && growth->lately.low <= allowed;
	struct tooth tooth;

	if (result->verdict == VERDICT_PASS)
		return;
	tooth = tooth_look(context, growth, bearable);
	if (result->verdict == VERDICT_FAIL && tooth.possible)
		doubt_tooth(context, &tooth, result);
	else if (result->verdict == VERDICT_FAIL && ended)
		rule_add_reason(result, "; but towards its end by %.3g %%/h at most",
			360000.0 * growth->lately.high / growth->level_bytes);
	else if (result->verdict == VERDICT_FAIL)
		return;
	else if (growth->fit.day && growth->fit.slope > allowed)
		rule_add_reason(result, "; this may be the rise of a daily load");
	result->verdict = VERDICT_INCONCLUSIVE;
	tooth_advise(context, &tooth, growth, allowed, result);
}
