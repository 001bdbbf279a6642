/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all rules share: see rule.h. Called by all rules. */
#include <assert.h>
#include <math.h>
#include <stdarg.h>

#include "soak/judge/rules.h"
#include "soak/judge/wording.h"
#include "soak/stats/bins.h"

#define DURATION_SHORT_S 60.0
#define DURATION_MAX_S (30.0 * 86400.0)

const double *window_series(const struct rule_context *context, const double *series)
{
	return series + context->window.first;
}

size_t window_bins(const struct rule_context *context, double width_s)
{
	const struct steady_window *window = &context->window;
	double by_time = floor((window->to_s - window->from_s) / width_s);
	double by_samples = (double)(window->samples / 2);
	double count = fmin(fmax(fmin(by_time, by_samples), 1.0), BINS_MAX);

	return (size_t)count;
}

void rule_conclude(struct rule_result *result, enum verdict verdict, const char *format, ...)
{
	va_list args;

	result->verdict = verdict;
	va_start(args, format);
	text_set_va(&result->reason, format, args);
	va_end(args);
}

void rule_add_reason(struct rule_result *result, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_add_va(&result->reason, format, args);
	va_end(args);
}

void rule_advise(struct rule_result *result, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_set_va(&result->advice, format, args);
	result->more_s = 0.0; /* unless rule_advise_duration() says more */
	va_end(args);
}

void rule_also(struct rule_result *result, const char *name, double value)
{
	for (size_t i = 0; i < RULE_FIGURES; i++)
		if (!result->also[i].name) {
			result->also[i] = (struct rule_figure){name, value};
			return;
		}
	assert(!"RULE_FIGURES is too small");
}

void rule_advise_duration(struct rule_result *result, double total_s)
{
	struct phrase option;
	double rounded_s;

	if (!(total_s <= DURATION_MAX_S)) {
		rule_advise(result,
			"no run of less than 30 days would decide this: make the run quieter, "
			"or set another target: --set RULE=VALUE");
		return;
	}
	option = say_duration_option(total_s, &rounded_s);
	rule_advise(result, "run for at least %s: --duration %s", say_duration(rounded_s).text,
		option.text);
	result->more_s = rounded_s;
}

enum verdict rule_decide(const struct rule_result *result)
{
	if (result->high <= result->target)
		return VERDICT_PASS;
	if (result->low > result->target)
		return VERDICT_FAIL;
	return VERDICT_INCONCLUSIVE;
}

static bool lacks_window(const struct rule_context *context, struct rule_result *result)
{
	const struct steady_window *window = &context->window;
	double samples_s = 2.0 * STEADY_SAMPLES_MIN * window->interval_s;

	if (window->present)
		return false;
	rule_conclude(result, VERDICT_INCONCLUSIVE,
		"the run is too short: %zu samples over %s remain after warm-up, "
		"%d and %.0f s are needed",
		window->samples, say_duration(fmax(window->to_s - window->from_s, 0.0)).text,
		STEADY_SAMPLES_MIN, STEADY_SECONDS_MIN);
	rule_advise_duration(
		result, fmax(context->input->warmup_s, 0.0) + fmax(DURATION_SHORT_S, samples_s));
	return true;
}

static bool lacks_series(
	const struct rule_context *context, enum series_id series, struct rule_result *result)
{
	const struct judge_input *input = context->input;
	const char *why = series == SERIES_OPS ? input->ops_absent : NULL;

	if (series == SERIES_RSS ? context->resident_bytes : input->series[series])
		return false;
	if (series == SERIES_ALLOCATOR_CALLS) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"the allocator's own calls are unknown: no callers were "
			"recorded, no allocator was found, or there were too many "
			"processes");
		rule_advise(result, "judge the whole target: --budget-scope target");
		return true;
	}
	rule_conclude(result, VERDICT_INCONCLUSIVE, "no %s in this run%s%s",
		series_info[series].label, why ? ": " : "", why ? why : "");
	rule_advise(result, "see which source is missing and why: soak doctor");
	return true;
}

bool rule_lacks(const struct rule_context *context, const struct rule_entry *entry,
	struct rule_result *result)
{
	for (size_t i = 0; i < entry->needs_count; i++)
		if (lacks_series(context, rule_need(entry, i, context->allocator_scope), result))
			return true;
	return entry->window && lacks_window(context, result);
}

void rule_too_few(struct rule_result *result, const char *what, size_t readings)
{
	rule_conclude(result, VERDICT_INCONCLUSIVE,
		"only %zu intervals of the steady window have readings of %s", readings, what);
	rule_advise(result, "run longer, or sample more often: --interval 100ms");
}
