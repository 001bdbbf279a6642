/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * syscall_budget and churn_budget: system calls per allocator operation, as a Poisson rate. See
 * docs/judging.md.
 */
#include <math.h>

#include "soak/judge/rule.h"
#include "soak/judge/wording.h"
#include "soak/stats/poisson.h"

struct tally {
	double calls, ops;
	double seconds; /* between the first and the last sample that have both */
	bool usable;
};

static struct tally count_window(const struct rule_context *context, const double *calls)
{
	const struct judge_input *input = context->input;
	struct tally tally = {0};
	size_t first = context->window.first, last = input->n - 1;

	while (first < last && (isnan(input->ops[first]) || isnan(calls[first])))
		first++;
	while (last > first && (isnan(input->ops[last]) || isnan(calls[last])))
		last--;
	tally.calls = calls[last] - calls[first];
	tally.ops = input->ops[last] - input->ops[first];
	tally.seconds = input->t_s[last] - input->t_s[first];
	tally.usable = tally.calls >= 0.0 && tally.ops > 0.0 && tally.seconds > 0.0;
	return tally;
}

static void advise_more_ops(
	const struct rule_context *context, const struct tally *tally, struct rule_result *result)
{
	double needed = poisson_exposure_needed(
		tally->calls / tally->ops, result->target, context->confidence);
	double further = needed - tally->ops, rounded_s;
	double total_s = context->window.to_s + further * tally->seconds / tally->ops;
	struct phrase option;

	if (!isfinite(needed) || total_s > 30.0 * 86400.0) {
		rule_advise_duration(result, INFINITY);
		return;
	}
	option = say_duration_option(total_s, &rounded_s);
	rule_advise(result, "%s further ops are needed, a run of at least %s: --duration %s",
		say_count(further).text, say_duration(rounded_s).text, option.text);
}

static void judge_rate(const struct rule_context *context, const double *calls, const char *whose,
	struct rule_result *result)
{
	const struct judge_input *input = context->input;
	struct tally tally;
	double low, high;

	if (rule_lacks_series(result, calls, "kernel counters", NULL) ||
		rule_lacks_series(result, input->ops, "count of ops", input->ops_absent) ||
		rule_lacks_window(context, result))
		return;
	tally = count_window(context, calls);
	if (!tally.usable) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"ops or calls did not advance, or were not read, in the steady window");
		rule_advise(result, "see whether ops are counted: soak run --ops preload");
		return;
	}
	poisson_interval(tally.calls, context->confidence, &low, &high);
	result->estimate = tally.calls / tally.ops;
	result->low = low / tally.ops;
	result->high = high / tally.ops;
	rule_conclude(result, rule_decide(result),
		"%s calls%s in %s ops: %.3g per op, between %.3g and %.3g, where %.3g is allowed",
		say_count(tally.calls).text, whose, say_count(tally.ops).text, result->estimate,
		result->low, result->high, result->target);
	if (result->verdict == VERDICT_INCONCLUSIVE)
		advise_more_ops(context, &tally, result);
}

/* Calls whose caller is unknown can take a PASS back, but prove no FAIL. */
static void judge_allocator(const struct rule_context *context, struct rule_result *result)
{
	const struct judge_input *input = context->input;
	struct rule_result worst = *result;

	judge_rate(context, input->allocator_calls, " of the allocator's own", result);
	if (result->verdict != VERDICT_PASS || !input->allocator_or_unknown_calls)
		return;
	judge_rate(context, input->allocator_or_unknown_calls,
		" of the allocator's own or of unknown callers", &worst);
	if (worst.verdict != VERDICT_PASS) {
		*result = worst;
		result->verdict = VERDICT_INCONCLUSIVE;
		rule_advise(result, "see what is known of the callers: soak audit --by caller");
	}
}

void rule_syscall_budget(const struct rule_context *context, struct judgement *judgement)
{
	const struct judge_input *input = context->input;
	struct rule_result *result = &judgement->rules[RULE_SYSCALL_BUDGET];

	if (!context->allocator_scope) {
		judge_rate(context, input->budget_calls, "", result);
	} else if (!input->allocator_calls) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"which calls are the allocator's own is not known: no callers were "
			"recorded, or no allocator was found, or there were too many processes");
		rule_advise(result, "judge the whole target: --budget-scope target");
	} else {
		judge_allocator(context, result);
	}
}

void rule_churn_budget(const struct rule_context *context, struct judgement *judgement)
{
	judge_rate(context, context->input->churn_calls, "", &judgement->rules[RULE_CHURN_BUDGET]);
}
