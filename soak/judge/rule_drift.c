/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rss_drift: slope of RSS - LazyFree over the steady window, relative to its start. See
 * docs/judging.md. */
#include <math.h>

#include "soak/judge/growth_kinds.h"
#include "soak/judge/rule.h"
#include "soak/judge/wording.h"
#include "soak/stats/bins.h"
#include "soak/stats/linefit.h"
#include "soak/stats/theil_sen.h"

#define READINGS_MIN 10
#define FLOOR_STEPS 3.0
#define MATERIAL_PAGES 8.0
/* a series counts as mostly constant, growing by jumps, when fewer of its bins than this differ
 * from the last */
#define JUMPY_SHARE 0.1

struct drift {
	struct linefit fit;
	double level_bytes; /* of the line, at the window's start */
	double floor_bytes; /* growth over the window that could stay unseen */
	double low, high;   /* of the slope, B/s, the floor included */
};

/*
 * What growth the series' own coarseness may hide. Zero jumps seen where up to three may be
 * expected (the 95 % upper limit of a Poisson count of zero is 3.0 one-sided): three steps, of a
 * page, or of the observed size if it moves in few jumps.
 */
static double resolution_floor(const struct rule_context *context)
{
	const struct steady_window *window = &context->window;
	double jump[BINS_MAX];
	size_t jumps = 0;
	struct bins bins;

	bins_low(window_series(context, context->input->t_s),
		window_series(context, context->resident_bytes), window->samples, window->from_s,
		window->to_s, window_bins(context, 0.1), &bins);
	bins_drop_empty(&bins);
	for (size_t i = 1; i < bins.n; i++)
		if (bins.y[i] != bins.y[i - 1])
			jump[jumps++] = fabs(bins.y[i] - bins.y[i - 1]);
	if (jumps == 0 || (double)jumps >= JUMPY_SHARE * (double)bins.n)
		return FLOOR_STEPS * context->input->page_bytes;
	return FLOOR_STEPS * fmax(median_in_place(jump, jumps), context->input->page_bytes);
}

/* Returns how many bins there were; the fit stands only with READINGS_MIN of them. */
static size_t drift_fit(const struct rule_context *context, struct drift *ret_drift)
{
	const struct steady_window *window = &context->window;
	double length_s = window->to_s - window->from_s, floor_slope;
	struct bins bins;

	bins_mean(window_series(context, context->input->t_s),
		window_series(context, context->resident_bytes), window->samples, window->from_s,
		window->to_s, window_bins(context, 0.1), &bins);
	bins_drop_empty(&bins);
	if (bins.n < READINGS_MIN ||
		linefit(bins.t, bins.y, bins.n, context->confidence, &ret_drift->fit) != 0)
		return bins.n < READINGS_MIN ? bins.n : 0;
	ret_drift->level_bytes = linefit_at(&ret_drift->fit, window->from_s);
	ret_drift->floor_bytes = resolution_floor(context);
	floor_slope = ret_drift->floor_bytes / length_s;
	ret_drift->low = ret_drift->fit.slope_low - floor_slope;
	ret_drift->high = ret_drift->fit.slope_high + floor_slope;
	return bins.n;
}

/*
 * The run length at which the interval would clear the target: at a given noise and sampling rate
 * the statistical half width shrinks as T^-1.5, the floor as T^-1.
 */
static void advise_length(
	const struct rule_context *context, const struct drift *drift, struct rule_result *result)
{
	const struct steady_window *window = &context->window;
	double length_s = window->to_s - window->from_s, stretch = 1.0;
	double per_hour = 3600.0 * 100.0 / drift->level_bytes;
	double noise = (drift->fit.slope_high - drift->fit.slope) * per_hour;
	double coarse = drift->floor_bytes / length_s * per_hour;
	/* an estimate that all but equals the target will move; do not plan for hitting it exactly
	 */
	double gap = fmax(fabs(result->target - result->estimate), 0.2 * result->target);

	while (noise * pow(stretch, -1.5) + coarse / stretch > gap && stretch < 1e6)
		stretch *= 1.02;
	rule_advise_duration(
		result, stretch < 1e6 ? window->from_s + length_s * stretch : INFINITY);
}

static void drift_conclude(
	const struct rule_context *context, const struct drift *drift, struct rule_result *result)
{
	double per_hour = 3600.0 * 100.0 / drift->level_bytes;
	double length_s = context->window.to_s - context->window.from_s;
	double growth_bytes = drift->fit.slope * length_s;
	enum verdict verdict;

	result->estimate = drift->fit.slope * per_hour;
	result->low = drift->low * per_hour;
	result->high = drift->high * per_hour;
	verdict = rule_decide(result);
	if (verdict == VERDICT_FAIL && growth_bytes <= MATERIAL_PAGES * context->input->page_bytes)
		verdict = VERDICT_INCONCLUSIVE;
	rule_conclude(result, verdict,
		"RSS moved by %s in %s from %s: %.3g %%/h, between %.3g and %.3g, "
		"where %.3g is allowed",
		say_bytes(growth_bytes).text, say_duration(length_s).text,
		say_bytes(drift->level_bytes).text, result->estimate, result->low, result->high,
		result->target);
	if (verdict == VERDICT_INCONCLUSIVE)
		advise_length(context, drift, result);
}

void rule_rss_drift(const struct rule_context *context, struct judgement *judgement)
{
	struct rule_result *result = &judgement->rules[RULE_RSS_DRIFT];
	struct drift drift;
	size_t readings;

	if (rule_lacks_series(result, context->resident_bytes, "RSS", NULL) ||
		rule_lacks_window(context, result))
		return;
	readings = drift_fit(context, &drift);
	if (readings < READINGS_MIN) {
		rule_too_few(result, "RSS", readings);
		return;
	}
	judgement->drift_intercept_bytes = drift.level_bytes;
	judgement->drift_slope_bytes_per_s = drift.fit.slope;
	judgement->drift_slope_low = drift.low;
	judgement->drift_slope_high = drift.high;
	if (!(drift.level_bytes > 0.0)) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"the fitted RSS at the window's start is %s: a drift "
			"has nothing to relate to",
			say_bytes(drift.level_bytes).text);
		rule_advise(result, "set more of the start aside: --warmup 30s");
		return;
	}
	drift_conclude(context, &drift, result);
	growth_kinds(context, result);
}
