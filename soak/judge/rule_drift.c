/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rss_drift: the growth of RSS less LazyFree that will go on, relative to its level at the start of
 * the steady window. See docs/judging.md.
 */
#include <math.h>

#include "soak/judge/growth_kinds.h"
#include "soak/judge/resident.h"
#include "soak/judge/tooth.h"

static void drift_conclude(const struct rule_context *context, const struct resident_growth *growth,
	struct rule_result *result)
{
	double per_hour = 3600.0 * 100.0 / growth->level_bytes;
	double length_s = context->window.to_s - context->window.from_s;
	double growth_bytes = growth->fit.slope * length_s, slope = result->target / per_hour;
	struct tooth tooth;
	enum verdict verdict;

	if (fabs(growth_bytes) < 0.5)
		growth_bytes = 0.0; /* what rounding leaves of a flat line */
	result->estimate = growth_bytes / length_s * per_hour;
	result->low = growth->low * per_hour;
	result->high = growth->high * per_hour;
	result->detectable = fmax(result->target + growth->reach * per_hour,
		growth->material_bytes / length_s * per_hour);
	verdict = rule_decide(result);
	if (verdict == VERDICT_FAIL && growth_bytes <= growth->material_bytes)
		verdict = VERDICT_INCONCLUSIVE;
	rule_conclude(result, verdict,
		"RSS moved by %s in %s from %s%s: %.3g %%/h, between %.3g and %.3g, "
		"where %.3g is allowed; a drift of %.3g %%/h would have been found",
		say_bytes(growth_bytes).text, say_duration(length_s).text,
		say_bytes(growth->level_bytes).text, resident_event(growth).text, result->estimate,
		result->low, result->high, result->target, result->detectable);
	if (verdict == VERDICT_PASS)
		return;
	tooth = tooth_look(context, growth, slope);
	if (verdict == VERDICT_INCONCLUSIVE)
		tooth_advise(context, &tooth, growth, slope, result);
	else if (tooth.possible)
		tooth_conclude(context, &tooth, growth, slope, result);
}

void rule_rss_drift(const struct rule_context *context, struct judgement *judgement)
{
	struct rule_result *result = &judgement->rules[RULE_RSS_DRIFT];
	struct resident_growth growth;
	size_t readings;

	readings = resident_growth(context, &growth);
	if (readings < RESIDENT_READINGS_MIN) {
		resident_too_few(context, result, readings);
		return;
	}
	judgement->drift_intercept_bytes = growth.level_bytes;
	judgement->drift_slope_bytes_per_s = growth.fit.slope;
	judgement->drift_slope_low = growth.low;
	judgement->drift_slope_high = growth.high;
	if (!(growth.level_bytes > 0.0)) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"the fitted RSS at the window's start is %s: a drift "
			"has nothing to relate to",
			say_bytes(growth.level_bytes).text);
		rule_advise(result, "set more of the start aside: --warmup 30s");
		return;
	}
	drift_conclude(context, &growth, result);
	growth_kinds(context, result);
}
