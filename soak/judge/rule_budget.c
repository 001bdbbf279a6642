/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * syscall_budget and churn_budget: system calls per allocator operation, as a Poisson rate;
 * syscall_rate: the same per second. See docs/judging.md. Called by judge.c, through the table of
 * rules.
 */
#include <math.h>

#include "soak/judge/pieces.h"
#include "soak/judge/wording.h"
#include "soak/stats/poisson.h"

#define ENDING_S 1.0 /* or, of a long window, */
#define ENDING_SHARE 0.02

/* What is counted, and per what: ops or seconds. */
struct counted {
	enum series_id calls;
	bool by_time;
};

struct tally {
	double calls, exposure;
	double seconds; /* between the first and the last sample that have both */
	bool usable;
};

static const double *calls_of(const struct rule_context *context, const struct counted *counted)
{
	return context->input->series[counted->calls];
}

static const double *exposure_of(const struct rule_context *context, const struct counted *counted)
{
	return counted->by_time ? context->input->t_s : context->input->series[SERIES_OPS];
}

static const char *unit_of(const struct counted *counted)
{
	return counted->by_time ? "second" : "op";
}

static struct tally count_window(const struct rule_context *context, const struct counted *counted)
{
	const struct judge_input *input = context->input;
	const double *calls = calls_of(context, counted), *per = exposure_of(context, counted);
	struct tally tally = {0};
	size_t first = context->window.first, last = input->n - 1;

	series_ends(calls, per, &first, &last);
	tally.calls = calls[last] - calls[first];
	tally.exposure = per[last] - per[first];
	tally.seconds = input->t_s[last] - input->t_s[first];
	tally.usable = tally.calls >= 0.0 && tally.exposure > 0.0 && tally.seconds > 0.0;
	return tally;
}

/* Of all pieces. */
static struct tally count_all(const struct rule_context *context, const struct counted *counted)
{
	const struct pieces *pieces = context->pieces;
	struct tally sum = {0}, tally;
	struct piece_run run;

	if (!pieces)
		return count_window(context, counted);
	for (size_t i = 0; i < pieces->n; i++) {
		if (!pieces->piece[i].window.present)
			continue;
		pieces_enter(pieces, i, context, &run);
		tally = count_window(&run.context, counted);
		if (!tally.usable)
			continue;
		sum.calls += tally.calls;
		sum.exposure += tally.exposure;
		sum.seconds += tally.seconds;
		sum.usable = true;
	}
	return sum;
}

static void advise_more(const struct rule_context *context, const struct tally *tally,
	const struct counted *counted, struct rule_result *result)
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
	if (counted->by_time) {
		rule_advise_duration(result, total_s);
		return;
	}
	option = say_duration_option(total_s, &rounded_s);
	rule_advise(result, "%s further ops are needed, a run of at least %s: --duration %s",
		say_count(further).text, say_duration(rounded_s).text, option.text);
	result->more_s = rounded_s;
}

static void conclude_rate(const struct rule_context *context, const struct tally *tally,
	const struct counted *counted, const char *whose, struct rule_result *result)
{
	bool by_time = counted->by_time;
	double low, high;

	poisson_interval(tally->calls, context->confidence, &low, &high);
	result->estimate = tally->calls / tally->exposure;
	result->low = low / tally->exposure;
	result->high = high / tally->exposure;
	rule_conclude(result, rule_decide(result),
		"%s calls%s in %s%s: %.3g per %s, between %.3g and %.3g, where %.3g is allowed",
		say_count(tally->calls).text, whose,
		by_time ? say_duration(tally->exposure).text : say_count(tally->exposure).text,
		by_time ? "" : " ops", result->estimate, unit_of(counted), result->low,
		result->high, result->target);
	if (result->verdict == VERDICT_INCONCLUSIVE)
		advise_more(context, tally, counted, result);
}

/*
 * The window from a share of it on, but for its last moments, in which a program that ends gives
 * back what it has, and for the sample with the most calls: one event is not a rate.
 */
static struct tally count_tail(
	const struct rule_context *context, const struct counted *counted, double from)
{
	const struct steady_window *window = &context->window;
	const double *calls = calls_of(context, counted), *per = exposure_of(context, counted);
	const double *t_s = context->input->t_s;
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
static void look_late(const struct rule_context *context, const struct counted *counted,
	struct rule_result *result)
{
	static const double from[] = {2.0 / 3, 0.9};
	const size_t looks = sizeof(from) / sizeof(*from);

	for (size_t i = 0; i < looks && result->verdict == VERDICT_PASS; i++) {
		struct tally tail = count_tail(context, counted, from[i]);
		double low, high;

		poisson_interval(
			tail.calls, 1.0 - (1.0 - context->confidence) / looks, &low, &high);
		if (!tail.usable || low / tail.exposure <= result->target)
			continue;
		result->verdict = VERDICT_FAIL;
		rule_add_reason(result,
			"; but in the last %.0f %% of the window %.3g per %s, between %.3g and "
			"%.3g",
			100.0 * (1.0 - from[i]), tail.calls / tail.exposure, unit_of(counted),
			low / tail.exposure, high / tail.exposure);
	}
}

/* Of the last piece that has a window. */
static void look_late_in_pieces(const struct rule_context *context, const struct counted *counted,
	struct rule_result *result)
{
	const struct pieces *pieces = context->pieces;
	size_t last = pieces->n - 1;
	struct piece_run run;

	while (last > 0 && !pieces->piece[last].window.present)
		last--;
	pieces_enter(pieces, last, context, &run);
	look_late(&run.context, counted, result);
}

static void judge_rate(const struct rule_context *context, const struct counted *counted,
	const char *whose, struct rule_result *result)
{
	struct tally tally = count_all(context, counted);

	if (!tally.usable) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"ops or calls did not advance, or were not read, in the steady window");
		rule_advise(result, "see whether ops are counted: soak run --ops preload");
		return;
	}
	conclude_rate(context, &tally, counted, whose, result);
	if (context->pieces)
		look_late_in_pieces(context, counted, result);
	else
		look_late(context, counted, result);
}

/* Calls whose caller is unknown can take a PASS back, but prove no FAIL. */
static void judge_allocator(
	const struct rule_context *context, bool by_time, struct rule_result *result)
{
	const struct counted own = {SERIES_ALLOCATOR_CALLS, by_time};
	const struct counted possible = {SERIES_ALLOCATOR_OR_UNKNOWN_CALLS, by_time};
	struct rule_result worst = *result;

	judge_rate(context, &own, " of the allocator's own", result);
	if (result->verdict != VERDICT_PASS || !context->input->series[possible.calls])
		return;
	judge_rate(context, &possible, " of the allocator's own or of unknown callers", &worst);
	if (worst.verdict != VERDICT_PASS) {
		*result = worst;
		result->verdict = VERDICT_INCONCLUSIVE;
		rule_advise(result, "see what is known of the callers: soak audit --by caller");
	}
}

static void judge_budget(
	const struct rule_context *context, bool by_time, struct rule_result *result)
{
	const struct counted all = {SERIES_BUDGET_CALLS, by_time};

	if (context->allocator_scope)
		judge_allocator(context, by_time, result);
	else
		judge_rate(context, &all, "", result);
}

void rule_syscall_budget(const struct rule_context *context, struct judgement *judgement)
{
	judge_budget(context, false, &judgement->rules[RULE_SYSCALL_BUDGET]);
}

void rule_syscall_rate(const struct rule_context *context, struct judgement *judgement)
{
	judge_budget(context, true, &judgement->rules[RULE_SYSCALL_RATE]);
}

void rule_churn_budget(const struct rule_context *context, struct judgement *judgement)
{
	const struct counted churn = {SERIES_CHURN_CALLS, false};

	judge_rate(context, &churn, "", &judgement->rules[RULE_CHURN_BUDGET]);
}
