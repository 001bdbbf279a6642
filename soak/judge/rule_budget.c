/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * syscall_budget and churn_budget: system calls per allocator operation, as a Poisson rate;
 * syscall_rate: the same per second. See docs/judging.md. Called by judge.c, through the table of
 * rules.
 */
#include <math.h>

#include "soak/judge/rule.h"
#include "soak/judge/wording.h"
#include "soak/stats/poisson.h"

#define ENDING_S 1.0 /* or, of a long window, */
#define ENDING_SHARE 0.02

/* What calls are counted per. */
struct exposure {
	const double *series; /* cumulative */
	const char *unit;     /* "op" */
};

struct tally {
	double calls, exposure;
	double seconds; /* between the first and the last sample that have both */
	bool usable;
};

static struct tally count_window(
	const struct rule_context *context, const double *calls, const struct exposure *exposure)
{
	const struct judge_input *input = context->input;
	const double *per = exposure->series;
	struct tally tally = {0};
	size_t first = context->window.first, last = input->n - 1;

	series_ends(calls, per, &first, &last);
	tally.calls = calls[last] - calls[first];
	tally.exposure = per[last] - per[first];
	tally.seconds = input->t_s[last] - input->t_s[first];
	tally.usable = tally.calls >= 0.0 && tally.exposure > 0.0 && tally.seconds > 0.0;
	return tally;
}

static void advise_more(const struct rule_context *context, const struct tally *tally,
	const struct exposure *exposure, struct rule_result *result)
{
	double needed = poisson_exposure_needed(
		tally->calls / tally->exposure, result->target, context->confidence);
	double further = needed - tally->exposure, rounded_s;
	double total_s = context->window.to_s + further * tally->seconds / tally->exposure;
	struct phrase option;

	if (!isfinite(needed) || total_s > 30.0 * 86400.0) {
		rule_advise_duration(result, INFINITY);
		return;
	}
	if (exposure->series == context->input->t_s) {
		rule_advise_duration(result, total_s);
		return;
	}
	option = say_duration_option(total_s, &rounded_s);
	rule_advise(result, "%s further ops are needed, a run of at least %s: --duration %s",
		say_count(further).text, say_duration(rounded_s).text, option.text);
	result->more_s = rounded_s;
}

static void conclude_rate(const struct rule_context *context, const struct tally *tally,
	const struct exposure *exposure, const char *whose, struct rule_result *result)
{
	bool by_time = exposure->series == context->input->t_s;
	double low, high;

	poisson_interval(tally->calls, context->confidence, &low, &high);
	result->estimate = tally->calls / tally->exposure;
	result->low = low / tally->exposure;
	result->high = high / tally->exposure;
	rule_conclude(result, rule_decide(result),
		"%s calls%s in %s%s: %.3g per %s, between %.3g and %.3g, where %.3g is allowed",
		say_count(tally->calls).text, whose,
		by_time ? say_duration(tally->exposure).text : say_count(tally->exposure).text,
		by_time ? "" : " ops", result->estimate, exposure->unit, result->low, result->high,
		result->target);
	if (result->verdict == VERDICT_INCONCLUSIVE)
		advise_more(context, tally, exposure, result);
}

/*
 * The window from a share of it on, but for its last moments, in which a program that ends gives
 * back what it has, and for the sample with the most calls: one event is not a rate.
 */
static struct tally count_tail(const struct rule_context *context, const double *calls,
	const struct exposure *exposure, double from)
{
	const struct steady_window *window = &context->window;
	const double *t_s = context->input->t_s, *per = exposure->series;
	double length_s = window->to_s - window->from_s, from_s = window->from_s + from * length_s;
	double until_s = window->to_s - fmax(ENDING_S, ENDING_SHARE * length_s);
	size_t first = window->first, last = context->input->n - 1, most;
	struct tally tally = {0};

	while (first < last && t_s[first] < from_s)
		first++;
	while (last > first && t_s[last] > until_s)
		last--;
	series_ends(calls, per, &first, &last);
	most = first + 1;
	for (size_t i = first + 1; i <= last; i++)
		if (calls[i] - calls[i - 1] > calls[most] - calls[most - 1])
			most = i;
	if (last <= most)
		return tally;
	tally.calls = calls[last] - calls[first] - (calls[most] - calls[most - 1]);
	tally.exposure = per[last] - per[first] - (per[most] - per[most - 1]);
	tally.usable = tally.calls >= 0.0 && tally.exposure > 0.0;
	return tally;
}

/* Calls that become more frequent may be few enough in all, and too many at the window's end. */
static void look_late(const struct rule_context *context, const double *calls,
	const struct exposure *exposure, struct rule_result *result)
{
	static const double from[] = {2.0 / 3, 0.9};
	const size_t looks = sizeof(from) / sizeof(*from);

	for (size_t i = 0; i < looks && result->verdict == VERDICT_PASS; i++) {
		struct tally tail = count_tail(context, calls, exposure, from[i]);
		double low, high;

		poisson_interval(
			tail.calls, 1.0 - (1.0 - context->confidence) / looks, &low, &high);
		if (!tail.usable || low / tail.exposure <= result->target)
			continue;
		result->verdict = VERDICT_FAIL;
		rule_add_reason(result,
			"; but in the last %.0f %% of the window %.3g per %s, between %.3g and "
			"%.3g",
			100.0 * (1.0 - from[i]), tail.calls / tail.exposure, exposure->unit,
			low / tail.exposure, high / tail.exposure);
	}
}

static void judge_rate(const struct rule_context *context, const double *calls,
	const struct exposure *exposure, const char *whose, struct rule_result *result)
{
	struct tally tally;

	tally = count_window(context, calls, exposure);
	if (!tally.usable) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"ops or calls did not advance, or were not read, in the steady window");
		rule_advise(result, "see whether ops are counted: soak run --ops preload");
		return;
	}
	conclude_rate(context, &tally, exposure, whose, result);
	look_late(context, calls, exposure, result);
}

/* Calls whose caller is unknown can take a PASS back, but prove no FAIL. */
static void judge_allocator(const struct rule_context *context, const struct exposure *exposure,
	struct rule_result *result)
{
	const struct judge_input *input = context->input;
	struct rule_result worst = *result;

	judge_rate(context, input->series[SERIES_ALLOCATOR_CALLS], exposure,
		" of the allocator's own", result);
	if (result->verdict != VERDICT_PASS || !input->series[SERIES_ALLOCATOR_OR_UNKNOWN_CALLS])
		return;
	judge_rate(context, input->series[SERIES_ALLOCATOR_OR_UNKNOWN_CALLS], exposure,
		" of the allocator's own or of unknown callers", &worst);
	if (worst.verdict != VERDICT_PASS) {
		*result = worst;
		result->verdict = VERDICT_INCONCLUSIVE;
		rule_advise(result, "see what is known of the callers: soak audit --by caller");
	}
}

static void judge_budget(const struct rule_context *context, const struct exposure *exposure,
	struct rule_result *result)
{
	if (context->allocator_scope)
		judge_allocator(context, exposure, result);
	else
		judge_rate(
			context, context->input->series[SERIES_BUDGET_CALLS], exposure, "", result);
}

static struct exposure ops_of(const struct rule_context *context)
{
	return (struct exposure){context->input->series[SERIES_OPS], "op"};
}

void rule_syscall_budget(const struct rule_context *context, struct judgement *judgement)
{
	struct exposure ops = ops_of(context);

	judge_budget(context, &ops, &judgement->rules[RULE_SYSCALL_BUDGET]);
}

void rule_syscall_rate(const struct rule_context *context, struct judgement *judgement)
{
	struct exposure time = {context->input->t_s, "second"};

	judge_budget(context, &time, &judgement->rules[RULE_SYSCALL_RATE]);
}

void rule_churn_budget(const struct rule_context *context, struct judgement *judgement)
{
	struct exposure ops = ops_of(context);

	judge_rate(context, context->input->series[SERIES_CHURN_CALLS], &ops, "",
		&judgement->rules[RULE_CHURN_BUDGET]);
}
