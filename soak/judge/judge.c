/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The judge: finds the steady window, calls each rule, weighs losses, sums up. See judge.h and
 * docs/judging.md. Called by run_input.c, the verbs that judge and plan_trial.c.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "soak/judge/excluded.h"
#include "soak/judge/left_out.h"
#include "soak/judge/pieces.h"
#include "soak/judge/rss_series.h"
#include "soak/judge/weigh.h"
#include "soak/judge/wording.h"

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

/* Why a PASS does not stand, whatever the rules say; NULL: it does. */
static const char *doubt_of(const struct judge_input *input, const struct judgement *judgement)
{
	if (input->allocator_unseen)
		return input->allocator_unseen;
	return judgement->excluded.doubt.chars;
}

static void say_reason(const struct judge_input *input, const struct rules_sum *sum, bool enough,
	struct judgement *judgement)
{
	const char *doubt = doubt_of(input, judgement);
	struct text *reason = &judgement->reason;

	if (!enough && judgement->verdict != VERDICT_FAIL)
		text_set(reason, "%s",
			sum->judged ? "only the end of the target is judged"
				    : "every rule is switched off");
	else if (judgement->verdict == VERDICT_PASS && doubt)
		text_set(reason, "the rules pass, but %s", doubt);
	else if (judgement->verdict == VERDICT_PASS)
		text_set(reason, "all %zu rules pass", sum->judged);
	else
		text_set(reason, "%s%s%s", text_of(&sum->text), doubt ? "; " : "",
			doubt ? doubt : "");
}

static void add_excluded(struct judgement *judgement)
{
	const struct judge_excluded *excluded = &judgement->excluded;

	if (excluded->n)
		text_add(&judgement->reason, "; excluded: %zu window%s, %s", excluded->n,
			excluded->n == 1 ? "" : "s", say_duration(excluded->seconds).text);
}

static void sum_up(const struct judge_input *input, const struct judge_settings *settings,
	struct judgement *judgement)
{
	struct rules_sum sum = rules_sum(rule_table, judgement->rules, RULE_COUNT, "rules", "fail");
	bool enough = says_enough(settings, judgement);

	judgement->verdict =
		sum.verdict == VERDICT_PASS && !enough ? VERDICT_INCONCLUSIVE : sum.verdict;
	say_reason(input, &sum, enough, judgement);
	add_excluded(judgement);
	add_not_judged(judgement);
	text_release(&sum.text);
	if (doubt_of(input, judgement) && judgement->verdict == VERDICT_PASS)
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
	judgement->first_s = judgement->from_s;
	judgement->last_s = judgement->to_s;
	for (size_t i = 0; i < pieces->n && window->present; i++) {
		const struct piece *piece = &pieces->piece[i];

		if (!piece->window.present)
			continue;
		judgement->first_s =
			fmin(judgement->first_s, piece->begin_s + piece->window.from_s);
		judgement->last_s = fmax(judgement->last_s, piece->begin_s + piece->window.to_s);
	}
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
	if (pieces->n < 2 || !entry->window)
		return;
	if (entry->joint)
		pieces_weigh(pieces, result);
	rule_add_reason(result,
		entry->joint ? "; %zu pieces judged together%s"
			     : "; of the longest of %zu pieces%s",
		pieces->n, pieces_say_restarts(pieces).text);
}

/*
 * A rule that does not judge the pieces together judges the longest; but where it FAILs in another
 * one, it FAILs. The error of 1 - confidence is shared out among those others.
 */
static void judge_others(const struct rule_context *context, const struct pieces *pieces, int rule,
	const struct rule_result *preset, struct rule_result *result)
{
	struct rule_context like = *context;
	struct judgement other; /* of this rule alone */
	struct rule_result *its = &other.rules[rule];
	struct piece_run run;

	like.confidence = 1.0 - (1.0 - context->confidence) / (double)(pieces->n - 1);
	for (size_t i = 0; i < pieces->n && result->verdict != VERDICT_FAIL; i++) {
		const struct piece *piece = &pieces->piece[i];

		if (i == pieces->longest || !piece->window.present)
			continue;
		*its = *preset;
		pieces_enter(pieces, i, &like, &run);
		rule_table[rule].judge(&run.context, &other);
		if (its->verdict != VERDICT_FAIL) {
			rule_results_release(its, 1);
			continue;
		}
		rule_results_release(result, 1);
		*result = *its;
		rule_add_reason(result, "; of the piece that begins at %s, of %zu",
			say_clock(piece->begin_s).text, pieces->n);
	}
}

static void judge_pieces_of(const struct rule_context *context, const struct pieces *pieces,
	int rule, struct judgement *judgement)
{
	const struct rule_entry *entry = &rule_table[rule];
	struct rule_result *result = &judgement->rules[rule];
	const struct rule_result preset = *result;

	if (!rule_lacks(context, entry, result))
		entry->judge(context, judgement);
	tell_pieces(pieces, entry, result);
	if (pieces->n > 1 && entry->window && !entry->joint)
		judge_others(context, pieces, rule, &preset, result);
}

/* The first sample that a rule judges. */
static size_t first_judged(const struct pieces *pieces, const struct rule_entry *entry)
{
	size_t i = 0;

	while (entry->joint && i < pieces->longest && !pieces->piece[i].window.present)
		i++;
	if (!entry->joint)
		i = pieces->longest;
	return pieces->piece[i].first + pieces->piece[i].window.first;
}

static void judge_rule(const struct rule_context *context, const struct pieces *pieces,
	const struct judge_settings *settings, int rule, struct judgement *judgement)
{
	const struct rule_entry *entry = &rule_table[rule];
	struct rule_result *result = &judgement->rules[rule];
	struct weighed_run weighed = {.input = pieces->input,
		.of = "",
		.first = first_judged(pieces, entry),
		.doubtful = VERDICT_FAIL};
	bool off = is_off(pieces->input, settings, rule);

	rule_preset(settings, rule, off, result);
	if (off || (!settings->asked[rule] &&
			   left_out(pieces->input, settings->allocator_scope, entry, result)))
		return;
	judge_pieces_of(context, pieces, rule, judgement);
	weigh(&weighed, entry, result);
}

static void judge_pieces(const struct pieces *pieces, const struct whole_run *whole,
	const struct judge_settings *settings, struct judgement *judgement)
{
	const struct rule_context like = {.resident_name = series_info[SERIES_RSS].label,
		.say = say_bytes,
		.memory_bytes = pieces->memory_bytes,
		.confidence = settings->confidence,
		.allocator_scope = settings->allocator_scope,
		.return_within_s = settings->return_within_s,
		.return_from = settings->return_from,
		.return_to = settings->return_to,
		.whole = whole,
		.allowed_exit = settings->allowed_exit};
	struct piece_run run;

	tell_window(pieces, judgement);
	pieces_enter(pieces, pieces->longest, &like, &run);
	run.context.pieces = pieces->n > 1 ? pieces : NULL;
	for (int i = 0; i < RULE_COUNT; i++)
		judge_rule(&run.context, pieces, settings, i, judgement);
	sum_up(pieces->input, settings, judgement);
}

/* The memory of a run, by which its pieces are found and judged. */
static int find_memory(const struct judge_input *input, double **ret_resident, double **ret_memory)
{
	int error = resident_series(input, SERIES_RSS, ret_resident);

	return error ? error : resident_series(input, SERIES_MEMORY, ret_memory);
}

static int judge_kept(const struct judge_input *kept, const struct whole_run *whole,
	const struct judge_settings *settings, struct judgement *judgement)
{
	struct pieces pieces = {.n = 0};
	double *resident = NULL, *memory = NULL;
	int error = find_memory(kept, &resident, &memory);

	if (!error)
		error = pieces_find(kept, resident, memory, &pieces);
	if (!error)
		judge_pieces(&pieces, whole, settings, judgement);
	pieces_release(&pieces);
	free(resident);
	free(memory);
	return error;
}

int judge_run(const struct judge_input *input, const struct judge_settings *settings,
	struct judgement *ret_judgement)
{
	double *resident = NULL, *memory = NULL;
	struct whole_run whole = {.input = input};
	struct kept kept = {.values = NULL};
	int error = find_memory(input, &resident, &memory);

	*ret_judgement = (struct judgement){
		.drift_intercept_bytes = NAN,
		.drift_slope_bytes_per_s = NAN,
		.drift_slope_low = NAN,
		.drift_slope_high = NAN,
		.profile = settings->profile ? settings->profile : "default",
	};
	whole.memory_bytes = memory ? memory : resident;
	whole.memory_name = memory ? "memory" : series_info[SERIES_RSS].label;
	excluded_find(input, settings, &ret_judgement->excluded);
	if (!error)
		error = excluded_cut(input, &ret_judgement->excluded, &kept);
	if (!error)
		error = judge_kept(&kept.input, &whole, settings, ret_judgement);
	if (error)
		judgement_release(ret_judgement);
	kept_release(&kept);
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
	text_release(&judgement->excluded.doubt);
	rule_results_release(judgement->rules, RULE_COUNT);
}
