/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rss_drift: the growth of RSS less LazyFree that will go on, relative to its level at the start of
 * the steady window. memory_drift: the same of what a leak fills, resident or not, relative to all
 * that the target takes. See docs/judging.md. Called by judge.c, through the table of rules.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "soak/judge/analyses.h"
#include "soak/judge/growth_kinds.h"
#include "soak/judge/growth_outcome.h"
#include "soak/judge/pieces.h"
#include "soak/judge/resident.h"
#include "soak/judge/tooth.h"

/* In the other terms: bytes of per cent, per cent of bytes. */
static struct phrase say_other(const struct rule_context *context, const struct rule_result *result,
	const struct resident_growth *growth, double slope)
{
	struct phrase phrase;

	if (result->unit.amount > 0.0)
		snprintf(phrase.text, sizeof(phrase.text), "%.3g %%/h",
			3600.0 * 100.0 * slope / growth->level_bytes);
	else
		snprintf(phrase.text, sizeof(phrase.text), "%s%s",
			context->say(slope * result->unit.seconds).text,
			strchr(result->unit.name, '/'));
	return phrase;
}

static struct phrase say_event(
	const struct rule_context *context, const struct resident_growth *growth)
{
	return context->say == say_bytes ? resident_event(context, growth) : (struct phrase){""};
}

/* Where the fit begins and ends, no higher and no lower than the readings. */
static struct phrase say_course(
	const struct rule_context *context, const struct resident_growth *growth)
{
	double from_s = context->window.from_s, to_s = context->window.to_s;
	struct phrase phrase, end[2];

	for (int i = 0; i < 2; i++)
		end[i] = context->say(fmin(
			fmax(longrun_at(&growth->fit, i ? to_s : from_s), growth->lowest_bytes),
			growth->highest_bytes));
	snprintf(phrase.text, sizeof(phrase.text),
		strcmp(end[0].text, end[1].text) ? "went from %.12s to %.12s in" : "was %.12s for",
		end[0].text, end[1].text);
	return phrase;
}

static void drift_conclude(const struct rule_context *context, const struct resident_growth *growth,
	struct rule_result *result)
{
	double unit = growth_unit_slope(&result->unit, growth->level_bytes);
	double length_s = context->window.to_s - context->window.from_s;
	double growth_bytes = growth->fit.slope * length_s, slope = result->target * unit;
	enum verdict verdict;

	if (fabs(growth_bytes) < 0.5)
		growth_bytes = 0.0; /* what rounding leaves of a flat line */
	result->estimate = growth_bytes / length_s / unit;
	result->low = growth->low / unit;
	result->high = growth->high / unit;
	result->detectable = fmax(
		result->target + growth->reach / unit, growth->material_bytes / length_s / unit);
	verdict = rule_decide(result);
	if (verdict == VERDICT_FAIL && growth_bytes <= growth->material_bytes)
		verdict = VERDICT_INCONCLUSIVE;
	rule_conclude(result, verdict,
		"%s %s %s%s: growth of %.3g %s (%s), between %.3g and %.3g, "
		"where %.3g is allowed; a drift of %.3g %s would have been found",
		context->resident_name, say_course(context, growth).text,
		say_duration(length_s).text, say_event(context, growth).text, result->estimate,
		result->unit.name, say_other(context, result, growth, growth_bytes / length_s).text,
		result->low, result->high, result->target, result->detectable, result->unit.name);
	tooth_weigh(context, growth, slope, slope, result);
	growth_outcome(context, growth, result);
}

/* False, with the result concluded, if there is nothing to judge. */
static bool find_growth(const struct rule_context *context, struct rule_result *result,
	struct resident_growth *ret_growth)
{
	size_t readings = resident_growth(context, ret_growth);

	if (readings >= RESIDENT_READINGS_MIN && ret_growth->level_bytes > 0.0)
		return true;
	if (readings < RESIDENT_READINGS_MIN) {
		resident_too_few(context, result, readings);
		return false;
	}
	rule_conclude(result, VERDICT_INCONCLUSIVE,
		"the fitted %s at the window's start is %s, so growth has no "
		"level to be a share of",
		context->resident_name, context->say(ret_growth->level_bytes).text);
	rule_advise(result, "leave out more of the start: --warmup 30s");
	return false;
}

void rule_rss_drift(const struct rule_context *context, struct judgement *judgement)
{
	struct rule_result *result = &judgement->rules[RULE_RSS_DRIFT];
	struct resident_growth growth = {.level_bytes = NAN};
	bool found = find_growth(context, result, &growth);

	if (isnan(growth.level_bytes))
		return;
	judgement->drift_intercept_bytes = growth.level_bytes;
	judgement->drift_fit = growth.fit;
	judgement->drift_begin_s = judgement->from_s - context->window.from_s;
	judgement->drift_slope_bytes_per_s = growth.fit.slope;
	judgement->drift_slope_low = growth.low;
	judgement->drift_slope_high = growth.high;
	if (!found)
		return;
	drift_conclude(context, &growth, result);
	growth_kinds(context, result);
}

/*
 * A program of little memory and large files is not judged by a stricter measure than its RSS: the
 * level is that of all that it takes.
 */
void rule_memory_drift(const struct rule_context *context, struct judgement *judgement)
{
	struct rule_result *result = &judgement->rules[RULE_MEMORY_DRIFT];
	struct rule_analyses analyses = {.cycles_known = false};
	struct rule_context of_memory = *context;
	struct resident_growth growth;
	struct pieces pieces;

	if (context->pieces) {
		pieces = *context->pieces;
		pieces.resident_bytes = pieces.memory_bytes;
		of_memory.pieces = &pieces;
	}
	of_memory.analyses = &analyses;
	of_memory.resident_bytes = context->memory_bytes;
	of_memory.resident_name = "memory";
	of_memory.beside_bytes = growth_beside(context);
	if (!find_growth(&of_memory, result, &growth))
		return;
	drift_conclude(&of_memory, &growth, result);
	growth_parts(&of_memory, result);
}

static struct phrase say_number(double count)
{
	struct phrase phrase;

	snprintf(phrase.text, sizeof(phrase.text), "%.3g", count);
	return phrase;
}

/*
 * Of what is counted, in place of bytes and pages. A few more in the whole window are no leak: it
 * has no finer measure, and neither FAIL nor PASS waits for one.
 */
static void judge_counts(const struct rule_context *context, enum rule rule, enum series_id series,
	struct judgement *judgement)
{
	struct rule_result *result = &judgement->rules[rule];
	struct rule_analyses analyses = {.cycles_known = false};
	struct judge_input input = *context->input;
	struct rule_context counted = *context;
	double length_s = context->window.to_s - context->window.from_s;
	struct resident_growth growth;

	input.page_bytes = 1.0;
	input.series[SERIES_LAZYFREE] = NULL;
	counted.input = &input;
	counted.pieces = NULL;
	counted.analyses = &analyses;
	counted.resident_bytes = input.series[series];
	counted.resident_name = series_info[series].label;
	counted.say = say_number;
	if (!find_growth(&counted, result, &growth))
		return;
	drift_conclude(&counted, &growth, result);
	if (result->verdict != VERDICT_INCONCLUSIVE ||
		growth.high * length_s > growth.material_bytes)
		return;
	result->verdict = VERDICT_PASS;
	text_release(&result->advice);
	result->more_s = 0.0;
	rule_add_reason(result, "; at most %.3g more in this window, which do not matter",
		growth.high * length_s);
}

void rule_open_fds(const struct rule_context *context, struct judgement *judgement)
{
	judge_counts(context, RULE_OPEN_FDS, SERIES_OPEN_FDS, judgement);
}

void rule_threads(const struct rule_context *context, struct judgement *judgement)
{
	judge_counts(context, RULE_THREADS, SERIES_THREADS, judgement);
}

void rule_mappings(const struct rule_context *context, struct judgement *judgement)
{
	judge_counts(context, RULE_MAPPINGS, SERIES_MAPPINGS, judgement);
}
