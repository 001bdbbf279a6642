/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The judge: finds the steady window, calls each rule, weighs losses, sums up. See judge.h and
 * docs/judging.md. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/judge/imported.h"
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
	const struct judge_settings *settings, int rule, struct rule_result *ret_result)
{
	*ret_result = (struct rule_result){
		.verdict = settings->skip[rule] ? VERDICT_NOT_JUDGED : VERDICT_INCONCLUSIVE,
		.estimate = NAN,
		.low = NAN,
		.high = NAN,
		.detectable = NAN,
		.target = settings->target[rule],
	};
	if (settings->skip[rule])
		snprintf(ret_result->reason, sizeof(ret_result->reason), "switched off");
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
	} else if (entry->gaps_spoil_pass && passes &&
		   input->missed_ticks > MISSED_SHARE_MAX * (double)input->n) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"%.0f samples were missed beside the %zu taken: too many to trust a pass",
			input->missed_ticks, input->n);
		rule_advise(result, "sample less often, or free a CPU for soak: --interval 1s");
	}
}

/* Names the rules with this verdict, separated by commas. */
static void list_rules(
	const struct judgement *judgement, enum verdict verdict, char *list, size_t size)
{
	size_t used = 0;

	list[0] = '\0';
	for (int i = 0; i < RULE_COUNT && used < size; i++)
		if (judgement->rules[i].verdict == verdict)
			used += (size_t)snprintf(list + used, size - used, "%s%s", used ? ", " : "",
				rule_table[i].info.name);
}

static void sum_up(const struct judge_input *input, struct judgement *judgement)
{
	size_t count[VERDICT_NOT_JUDGED + 1] = {0}, judged;
	size_t size = sizeof(judgement->reason);
	char list[160];

	for (int i = 0; i < RULE_COUNT; i++)
		count[judgement->rules[i].verdict]++;
	judged = RULE_COUNT - count[VERDICT_NOT_JUDGED];
	judgement->verdict = count[VERDICT_FAIL]                      ? VERDICT_FAIL
			     : count[VERDICT_INCONCLUSIVE] || !judged ? VERDICT_INCONCLUSIVE
								      : VERDICT_PASS;
	list_rules(judgement, judgement->verdict, list, sizeof(list));
	if (judged == 0)
		snprintf(judgement->reason, size, "every rule is switched off");
	else if (judgement->verdict == VERDICT_PASS && input->target_failed)
		snprintf(judgement->reason, size, "the rules pass, but the target failed: %s",
			input->target_failed);
	else if (judgement->verdict == VERDICT_PASS)
		snprintf(judgement->reason, size, "all %zu rules pass", judged);
	else
		snprintf(judgement->reason, size, "%zu of %zu rules %s: %s%s%s",
			count[judgement->verdict], judged,
			judgement->verdict == VERDICT_FAIL ? "fail" : "could not be decided", list,
			input->target_failed ? "; the target failed: " : "",
			input->target_failed ? input->target_failed : "");
	if (input->target_failed && judgement->verdict == VERDICT_PASS)
		judgement->verdict = VERDICT_INCONCLUSIVE;
}

int judge_run(const struct judge_input *input, const struct judge_settings *settings,
	struct judgement *ret_judgement)
{
	struct rule_context context = {.input = input,
		.confidence = settings->confidence,
		.allocator_scope = settings->allocator_scope};
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
	};
	memcpy(judgement->steady_how, context.window.how, sizeof(judgement->steady_how));
	for (int i = 0; i < RULE_COUNT; i++) {
		rule_preset(settings, i, &judgement->rules[i]);
		if (settings->skip[i])
			continue;
		if (!settings->asked[i] && imported_without(input, i, &judgement->rules[i]))
			continue;
		rule_table[i].judge(&context, judgement);
		weigh_losses(input, &rule_table[i], &judgement->rules[i]);
	}
	sum_up(input, judgement);
	free(resident);
	return 0;
}
