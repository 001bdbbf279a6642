/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The judge: finds the steady window, calls each rule, weighs losses, sums up. See judge.h and
 * docs/judging.md. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/judge/analyses.h"
#include "soak/judge/left_out.h"
#include "soak/judge/rss_series.h"
#include "soak/judge/rules.h"
#include "soak/judge/wording.h"

#define MISSED_SHARE_MAX 0.05

const char *verdict_name(enum verdict verdict)
{
	static const char *const name[] = {
		[VERDICT_PASS] = "PASS",
		[VERDICT_FAIL] = "FAIL",
		[VERDICT_INCONCLUSIVE] = "INCONCLUSIVE",
		[VERDICT_NOT_JUDGED] = "NOT JUDGED",
	};

	return name[verdict];
}

static void rule_preset(
	const struct judge_settings *settings, int rule, bool off, struct rule_result *ret_result)
{
	*ret_result = (struct rule_result){
		.verdict = off ? VERDICT_NOT_JUDGED : VERDICT_INCONCLUSIVE,
		.estimate = NAN,
		.low = NAN,
		.high = NAN,
		.detectable = NAN,
		.target = settings->target[rule],
	};
	if (off)
		snprintf(ret_result->reason, sizeof(ret_result->reason), "switched off");
}

bool judge_calls_unseen(const struct judge_input *input)
{
	return input->compat > 0.0 || input->compat_calls > 0.0 || input->ring_madvises > 0.0;
}

/* Takes back a verdict that the run's losses do not support. */
static void weigh_losses(
	const struct judge_input *input, const struct rule_entry *entry, struct rule_result *result)
{
	bool passes = result->verdict == VERDICT_PASS;

	if (judge_counts_have_holes(input) &&
		((entry->loss_spoils_pass && passes) ||
			(entry->loss_spoils_all && result->verdict == VERDICT_FAIL))) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"counts have holes: %.0f events were lost, %.0f processes or threads "
			"were not followed, %.0f probes were skipped by the kernel",
			input->lost_events, input->unfollowed, input->skipped);
		rule_advise(result, "run again with the machine less busy; "
				    "what cannot be followed: soak doctor");
	} else if (entry->loss_spoils_pass && passes && judge_calls_unseen(input)) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"calls were made that no source sees: by %.0f 32-bit programs, %.0f "
			"through the 32-bit entry, and %.0f madvise requests through io_uring",
			input->compat, input->compat_calls, input->ring_madvises);
		rule_advise(result, "run the 64-bit program; without io_uring, or see the "
				    "budget as it is: soak audit");
	} else if (entry->gaps_spoil_pass && passes &&
		   input->missed_ticks > MISSED_SHARE_MAX * (double)input->n) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"%.0f samples were missed beside the %zu taken: too many to trust a pass",
			input->missed_ticks, input->n);
		rule_advise(result, "sample less often, or free a CPU for soak: --interval 1s");
	}
}

/*
 * Does any rule say something of the target's memory, calls or pace? How it ended alone is no
 * reason to pass, unless that was asked for.
 */
static bool says_enough(const struct judge_settings *settings, const struct judgement *judgement)
{
	for (int i = 0; i < RULE_COUNT; i++)
		if (judgement->rules[i].verdict != VERDICT_NOT_JUDGED &&
			(rule_table[i].info.kind != RULE_END || settings->asked[i]))
			return true;
	return false;
}

/* Rules that want for something: not those that were switched off. */
static void add_not_judged(struct judgement *judgement)
{
	size_t used = strlen(judgement->reason), size = sizeof(judgement->reason);
	bool any = false;

	for (int i = 0; i < RULE_COUNT && used < size; i++) {
		if (judgement->rules[i].verdict != VERDICT_NOT_JUDGED ||
			!judgement->rules[i].advice[0])
			continue;
		used += (size_t)snprintf(judgement->reason + used, size - used, "%s%s",
			any ? ", " : "; not judged: ", rule_table[i].info.name);
		any = true;
	}
}

static void say_reason(const struct judge_input *input, size_t count, size_t judged, bool enough,
	struct judgement *judgement)
{
	size_t size = sizeof(judgement->reason);
	char list[200];

	rule_list(rule_table, judgement->rules, RULE_COUNT, judgement->verdict, list, sizeof(list));
	if (!enough && judgement->verdict != VERDICT_FAIL)
		snprintf(judgement->reason, size, "%s",
			judged ? "nothing is judged but how the target ended"
			       : "every rule is switched off");
	else if (judgement->verdict == VERDICT_PASS && input->allocator_unseen)
		snprintf(
			judgement->reason, size, "the rules pass, but %s", input->allocator_unseen);
	else if (judgement->verdict == VERDICT_PASS)
		snprintf(judgement->reason, size, "all %zu rules pass", judged);
	else
		snprintf(judgement->reason, size, "%zu of %zu rules %s: %s%s%s", count, judged,
			judgement->verdict == VERDICT_FAIL ? "fail" : "could not be decided", list,
			input->allocator_unseen ? "; " : "",
			input->allocator_unseen ? input->allocator_unseen : "");
}

static void sum_up(const struct judge_input *input, const struct judge_settings *settings,
	struct judgement *judgement)
{
	size_t count[VERDICT_NOT_JUDGED + 1] = {0};
	bool enough = says_enough(settings, judgement);

	for (int i = 0; i < RULE_COUNT; i++)
		count[judgement->rules[i].verdict]++;
	judgement->verdict = count[VERDICT_FAIL]                      ? VERDICT_FAIL
			     : count[VERDICT_INCONCLUSIVE] || !enough ? VERDICT_INCONCLUSIVE
								      : VERDICT_PASS;
	say_reason(input, count[judgement->verdict], RULE_COUNT - count[VERDICT_NOT_JUDGED], enough,
		judgement);
	add_not_judged(judgement);
	if (input->allocator_unseen && judgement->verdict == VERDICT_PASS)
		judgement->verdict = VERDICT_INCONCLUSIVE;
}

/* A rule by time takes the place of the budget per op where that lacks its ops. */
static bool is_off(const struct judge_input *input, const struct judge_settings *settings, int rule)
{
	bool needed = rule_table[rule].info.without_ops && settings->rate_without_ops &&
		      !settings->skip[RULE_SYSCALL_BUDGET] && !input->series[SERIES_OPS] &&
		      !input->imported;

	return settings->skip[rule] && !needed;
}

int judge_run(const struct judge_input *input, const struct judge_settings *settings,
	struct judgement *ret_judgement)
{
	struct rule_analyses analyses = {.cycles_known = false};
	struct rule_context context = {.input = input,
		.analyses = &analyses,
		.confidence = settings->confidence,
		.allocator_scope = settings->allocator_scope,
		.allowed_exit = settings->allowed_exit};
	struct judgement *judgement = ret_judgement;
	double *resident;
	int error = resident_series(input, &resident);

	if (error)
		return error;
	context.resident_bytes = resident;
	context.window = steady_window_find(input, resident);
	*judgement = (struct judgement){
		.from_s = context.window.present ? context.window.from_s : 0.0,
		.to_s = context.window.present ? context.window.to_s : -1.0,
		.drift_intercept_bytes = NAN,
		.drift_slope_bytes_per_s = NAN,
		.drift_slope_low = NAN,
		.drift_slope_high = NAN,
		.profile = settings->profile ? settings->profile : "default",
	};
	memcpy(judgement->steady_how, context.window.how, sizeof(judgement->steady_how));
	for (int i = 0; i < RULE_COUNT; i++) {
		bool off = is_off(input, settings, i);

		rule_preset(settings, i, off, &judgement->rules[i]);
		if (off || (!settings->asked[i] && left_out(input, settings->allocator_scope,
							   &rule_table[i], &judgement->rules[i])))
			continue;
		if (!rule_lacks(&context, &rule_table[i], &judgement->rules[i]))
			rule_table[i].judge(&context, judgement);
		weigh_losses(input, &rule_table[i], &judgement->rules[i]);
		uncounted_weigh(
			input, rule_table[i].per_op, context.window.first, &judgement->rules[i]);
	}
	sum_up(input, settings, judgement);
	free(resident);
	return 0;
}
