/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The judge: finds the steady window, calls each rule, weighs losses, sums up. See judge.h and
 * docs/judging.md. Called by run_input.c, the verbs that judge and plan_trial.c.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "soak/judge/left_out.h"
#include "soak/judge/pieces.h"
#include "soak/judge/rss_series.h"
#include "soak/judge/weigh.h"
#include "soak/judge/wording.h"

#define JUDGED_SHARE_MIN 0.5 /* of the recorded time, in pieces long enough */

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
	struct judge_target target = judge_settings_target(settings, rule);

	*ret_result = (struct rule_result){
		.verdict = off ? VERDICT_NOT_JUDGED : VERDICT_INCONCLUSIVE,
		.estimate = NAN,
		.low = NAN,
		.high = NAN,
		.detectable = NAN,
		.target = target.value,
		.unit = target.unit,
	};
	if (off)
		text_set(&ret_result->reason, "switched off");
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
	scoped_text names = {0};

	for (int i = 0; i < RULE_COUNT; i++)
		if (judgement->rules[i].verdict == VERDICT_NOT_JUDGED &&
			judgement->rules[i].advice.length)
			text_item(&names, ", ", "%s", rule_table[i].info.name);
	if (names.length)
		text_add(&judgement->reason, "; not judged: %s", text_of(&names));
}

static void say_reason(const struct judge_input *input, const struct rules_sum *sum, bool enough,
	struct judgement *judgement)
{
	struct text *reason = &judgement->reason;

	if (!enough && judgement->verdict != VERDICT_FAIL)
		text_set(reason, "%s",
			sum->judged ? "only the end of the target is judged"
				    : "every rule is switched off");
	else if (judgement->verdict == VERDICT_PASS && input->allocator_unseen)
		text_set(reason, "the rules pass, but %s", input->allocator_unseen);
	else if (judgement->verdict == VERDICT_PASS)
		text_set(reason, "all %zu rules pass", sum->judged);
	else
		text_set(reason, "%s%s%s", text_of(&sum->text), input->allocator_unseen ? "; " : "",
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
	text_release(&sum.text);
	if (input->allocator_unseen && judgement->verdict == VERDICT_PASS)
		judgement->verdict = VERDICT_INCONCLUSIVE;
}

/*
 * A rule by time takes the place of the budget per op where that lacks its ops. That a run was
 * aborted is told by a rule that cannot be switched off then.
 */
static bool is_off(const struct judge_input *input, const struct judge_settings *settings, int rule)
{
	bool needed = rule_table[rule].info.without_ops && settings->rate_without_ops &&
		      !settings->skip[RULE_SYSCALL_BUDGET] && !input->series[SERIES_OPS] &&
		      !input->imported;

	if (rule == RULE_TARGET_EXIT && input->target_aborted)
		return false;
	if (rule == RULE_MEMORY_RETURN && !settings->given[rule])
		needed = rule_return_applies(input, settings->return_from, settings->return_to);
	return settings->skip[rule] && !needed;
}

/* The steady window, of several pieces that of the longest, in seconds since the start of all. */
static void tell_window(const struct pieces *pieces, struct judgement *judgement)
{
	const struct piece *longest = &pieces->piece[pieces->longest];
	const struct steady_window *window = &longest->window;

	judgement->from_s = window->present ? longest->begin_s + window->from_s : 0.0;
	judgement->to_s = window->present ? longest->begin_s + window->to_s : -1.0;
	if (pieces->n > 1)
		text_set(&judgement->steady_how, "the longest of %zu pieces: %s", pieces->n,
			window->how);
	else
		text_set(&judgement->steady_how, "%s", window->how);
}

/* What a rule makes of several pieces; most of the time must be in those that it can judge. */
static void tell_pieces(
	const struct pieces *pieces, const struct rule_entry *entry, struct rule_result *result)
{
	bool together = entry->needs[0] == SERIES_RSS;

	if (pieces->n < 2 || !entry->window)
		return;
	if (together && result->verdict == VERDICT_PASS &&
		pieces->judged_share < JUDGED_SHARE_MIN) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"pieces too short to be judged make up %.0f %% of the time",
			100.0 * (1.0 - pieces->judged_share));
		rule_advise(result, "sample more often, or find out why the recording is "
				    "interrupted so often");
	}
	rule_add_reason(result,
		together ? "; %zu pieces judged together" : "; of the longest of %zu pieces",
		pieces->n);
	if (pieces->restarts)
		rule_add_reason(result, ", %zu restart%s", pieces->restarts,
			pieces->restarts > 1 ? "s" : "");
}

static void judge_rule(const struct rule_context *context, const struct pieces *pieces,
	const struct judge_settings *settings, int rule, struct judgement *judgement)
{
	const struct rule_entry *entry = &rule_table[rule];
	struct rule_result *result = &judgement->rules[rule];
	struct weighed_run weighed = {.input = pieces->input,
		.of = "",
		.first = pieces->piece[pieces->longest].first + context->window.first,
		.doubtful = VERDICT_FAIL};
	bool off = is_off(pieces->input, settings, rule);

	rule_preset(settings, rule, off, result);
	if (off || (!settings->asked[rule] &&
			   left_out(pieces->input, settings->allocator_scope, entry, result)))
		return;
	if (!rule_lacks(context, entry, result))
		entry->judge(context, judgement);
	tell_pieces(pieces, entry, result);
	weigh(&weighed, entry, result);
}

static void judge_pieces(const struct pieces *pieces, const double *memory_bytes,
	const struct judge_settings *settings, struct judgement *judgement)
{
	const struct rule_context like = {.resident_name = series_info[SERIES_RSS].label,
		.say = say_bytes,
		.memory_bytes = memory_bytes,
		.confidence = settings->confidence,
		.allocator_scope = settings->allocator_scope,
		.return_within_s = settings->return_within_s,
		.return_from = settings->return_from,
		.return_to = settings->return_to,
		.allowed_exit = settings->allowed_exit};
	struct piece_run run;

	*judgement = (struct judgement){
		.drift_intercept_bytes = NAN,
		.drift_slope_bytes_per_s = NAN,
		.drift_slope_low = NAN,
		.drift_slope_high = NAN,
		.profile = settings->profile ? settings->profile : "default",
	};
	tell_window(pieces, judgement);
	pieces_enter(pieces, pieces->longest, &like, &run);
	run.context.pieces = pieces->n > 1 ? pieces : NULL;
	for (int i = 0; i < RULE_COUNT; i++)
		judge_rule(&run.context, pieces, settings, i, judgement);
	sum_up(pieces->input, settings, judgement);
}

int judge_run(const struct judge_input *input, const struct judge_settings *settings,
	struct judgement *ret_judgement)
{
	struct pieces pieces = {.n = 0};
	double *resident = NULL, *memory = NULL;
	int error = resident_series(input, SERIES_RSS, &resident);

	if (!error)
		error = resident_series(input, SERIES_MEMORY, &memory);
	if (!error)
		error = pieces_find(input, resident, &pieces);
	if (!error)
		judge_pieces(&pieces, memory, settings, ret_judgement);
	pieces_release(&pieces);
	free(resident);
	free(memory);
	return error;
}

void rule_results_release(struct rule_result *results, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		text_release(&results[i].reason);
		text_release(&results[i].advice);
	}
}

void judgement_release(struct judgement *judgement)
{
	text_release(&judgement->steady_how);
	text_release(&judgement->reason);
	rule_results_release(judgement->rules, RULE_COUNT);
}
