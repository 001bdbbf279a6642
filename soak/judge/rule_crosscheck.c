/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crosscheck: all sources must have counted the same calls, to the last one. See docs/judging.md.
 * Called by judge.c, through the table of rules.
 */
#include <math.h>

#include "soak/judge/rule.h"
#include "soak/judge/wording.h"

#define MOST_UNSURE 100 /* calls: at least so many are let pass, and 1 % of all */

struct counted {
	const struct judge_cross *worst, *unread;
	double calls;
	size_t processes;
};

static double difference(const struct judge_cross *cross)
{
	return fmax(0, fabs(cross->a - cross->b) - cross->unsure);
}

static void look_at(const struct judge_cross *cross, size_t n, struct counted *counted)
{
	int process = 0;

	for (size_t i = 0; i < n; i++) {
		if (isnan(cross[i].a) || isnan(cross[i].b))
			counted->unread = &cross[i];
		else if (!counted->worst || difference(&cross[i]) > difference(counted->worst))
			counted->worst = &cross[i];
		if (!isnan(cross[i].a))
			counted->calls += cross[i].a;
		counted->processes += cross[i].process != process;
		process = cross[i].process;
	}
}

bool judge_counts_have_holes(const struct judge_input *input)
{
	bool agree = input->ncross > 0 && !input->cross_absent;

	for (size_t i = 0; agree && i < input->ncross; i++)
		agree = difference(&input->cross[i]) == 0; /* false for NaN */
	return input->lost_events > 0.0 || input->unfollowed > 0.0 ||
	       (input->skipped > 0.0 && !agree);
}

static void fail(struct rule_result *result, const struct judge_cross *worst,
	const struct judge_input *input)
{
	scoped_text whose = {0};

	text_set(&whose, "process %d", worst->process);
	if (worst->program)
		text_set(&whose, "%s", worst->program);
	if (!worst->process && input->skipped > 0.0)
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"the sources disagree on %s: %.0f calls by the first, %.0f by the second; "
			"the kernel skipped %.0f probes",
			worst->syscall, worst->a, worst->b, input->skipped);
	else if (worst->process)
		rule_conclude(result, VERDICT_FAIL,
			"%s, %s: %.0f calls from the allocator's code, %.0f by the allocator's own "
			"count",
			text_of(&whose), worst->syscall, worst->a, worst->b);
	else
		rule_conclude(result, VERDICT_FAIL,
			"the sources disagree on %s: %.0f calls by the first, %.0f by the second",
			worst->syscall, worst->a, worst->b);
}

/* Both went on while they were compared, at the beginning and the end of an attached run. */
static bool is_vague(const struct judge_input *input, const struct counted *kernel)
{
	return input->cross_unsure > MOST_UNSURE && input->cross_unsure > kernel->calls / 100;
}

static void pass(struct rule_result *result, const struct judge_input *input,
	const struct counted *kernel, const struct counted *allocator)
{
	rule_conclude(result, VERDICT_PASS,
		"both sources agree on %zu system calls, %s calls in total", input->ncross,
		say_count(kernel->calls).text);
	if (allocator->processes)
		rule_add_reason(result, ", and the allocator counted its own %s",
			say_count(allocator->calls).text);
	if (allocator->processes > 1)
		rule_add_reason(result, " in %zu processes", allocator->processes);
	if (input->cross_unsure > 0)
		rule_add_reason(result, "; to within %s calls that were in progress",
			say_count(input->cross_unsure).text);
	if (input->skipped > 0.0)
		rule_add_reason(result, "; the kernel skipped %.0f probes, all of other processes",
			input->skipped);
}

void rule_crosscheck(const struct rule_context *context, struct judgement *judgement)
{
	const struct judge_input *input = context->input;
	struct rule_result *result = &judgement->rules[RULE_CROSSCHECK];
	struct counted kernel = {0}, allocator = {0};
	const struct judge_cross *worst;

	if (input->ncross == 0 || input->cross_absent) {
		rule_conclude(result, VERDICT_INCONCLUSIVE, "no second source of counts: %s",
			input->cross_absent ? input->cross_absent : "nothing was compared");
		rule_advise(result, "see which source is missing and why: soak doctor");
		return;
	}
	look_at(input->cross, input->ncross, &kernel);
	look_at(input->allocator, input->nallocator, &allocator);
	worst = kernel.worst;
	if (allocator.worst && (!worst || difference(allocator.worst) > difference(worst)))
		worst = allocator.worst;
	if (worst)
		result->estimate = result->low = result->high = difference(worst);
	if (worst && result->estimate > result->target) {
		fail(result, worst, input);
	} else if (is_vague(input, &kernel)) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"both sources were compared only to within %s calls that "
			"were in progress",
			say_count(input->cross_unsure).text);
		rule_advise(result, "attach for longer, or when the target is less busy");
	} else if (kernel.unread) {
		rule_conclude(result, VERDICT_INCONCLUSIVE, "%s was counted by one source only",
			kernel.unread->syscall);
		rule_advise(result, "see which source is missing and why: soak doctor");
	} else {
		pass(result, input, &kernel, &allocator);
	}
}
