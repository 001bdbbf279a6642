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
#include "soak/judge/weigh.h"

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

static void say_reason(const struct judge_input *input, const struct rules_sum *sum, bool enough,
	struct judgement *judgement)
{
	size_t size = sizeof(judgement->reason);

	if (!enough && judgement->verdict != VERDICT_FAIL)
		snprintf(judgement->reason, size, "%s",
			sum->judged ? "nothing is judged but how the target ended"
				    : "every rule is switched off");
	else if (judgement->verdict == VERDICT_PASS && input->allocator_unseen)
		snprintf(
			judgement->reason, size, "the rules pass, but %s", input->allocator_unseen);
	else if (judgement->verdict == VERDICT_PASS)
		snprintf(judgement->reason, size, "all %zu rules pass", sum->judged);
	else
		snprintf(judgement->reason, size, "%s%s%s", sum->text,
			input->allocator_unseen ? "; " : "",
			input->allocator_unseen ? input->allocator_unseen : "");
}

static void sum_up(const struct judge_input *input, const struct judge_settings *settings,
	struct judgement *judgement)
{
	struct rules_sum sum = rules_sum(rule_table, judgement->rules, RULE_COUNT, "rules", "fail");
	bool enough = says_enough(settings, judgement);

	judgement->verdict =
		sum.verdict == VERDICT_PASS && !enough ? VERDICT_INCONCLUSIVE : sum.verdict;
	say_reason(input, &sum, enough, judgement);
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
		.resident_name = series_info[SERIES_RSS].label,
		.confidence = settings->confidence,
		.allocator_scope = settings->allocator_scope,
		.allowed_exit = settings->allowed_exit};
	struct weighed_run weighed = {.input = input, .of = "", .doubtful = VERDICT_FAIL};
	struct judgement *judgement = ret_judgement;
	double *resident, *memory = NULL;
	int error = resident_series(input, SERIES_RSS, &resident);

	if (!error)
		error = resident_series(input, SERIES_MEMORY, &memory);
	if (error) {
		free(resident);
		return error;
	}
	context.resident_bytes = resident;
	context.memory_bytes = memory;
	context.window = steady_window_find(input, resident);
	weighed.first = context.window.first;
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
		weigh(&weighed, &rule_table[i], &judgement->rules[i]);
	}
	sum_up(input, settings, judgement);
	free(resident);
	free(memory);
	return 0;
}
