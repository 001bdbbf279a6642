/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of regressions, what each needs, and the verdict on all: see regression.h. Called by
 * soak check --baseline.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "soak/judge/regression_view.h"
#include "soak/judge/weigh.h"

static const struct rule_entry table[REGRESSION_COUNT] = {
	[REGRESSION_CALLS] =
		{
			.info = {"calls_per_op", "%", 10, "budget calls per op"},
			.compare = regression_calls,
			.needs = {SERIES_BUDGET_CALLS, SERIES_OPS},
			.needs_count = 2,
			.scoped = true,
			.per_op = UNCOUNTED_BUDGET,
			.loss_spoils_pass = true,
			.loss_spoils_all = true,
			.gaps_spoil_pass = true,
		},
	[REGRESSION_RSS_LEVEL] =
		{
			.info = {"rss_level", "%", 5, "mean RSS"},
			.compare = regression_rss_level,
			.needs = {SERIES_RSS},
			.needs_count = 1,
			.gaps_spoil_pass = true,
		},
	[REGRESSION_RSS_GROWTH] =
		{
			.info = {"rss_growth", "%", 5, "growth of RSS in the same time"},
			.compare = regression_rss_growth,
			.needs = {SERIES_RSS},
			.needs_count = 1,
			.gaps_spoil_pass = true,
		},
	[REGRESSION_FAULTS] =
		{
			.info = {"fault_rate", "%", 10, "page faults per op"},
			.compare = regression_faults,
			.needs = {SERIES_FAULTS},
			.needs_count = 1,
		},
	[REGRESSION_THROUGHPUT] =
		{
			.info = {"throughput", "%", 5, "fall of ops/s"},
			.compare = regression_throughput,
			.needs = {SERIES_OPS},
			.needs_count = 1,
			.gaps_spoil_pass = true,
		},
};

static const char *const whose[] = {"the baseline", "this run"};

const char *regression_name(enum regression regression)
{
	return table[regression].info.name;
}

const char *regression_unit(enum regression regression)
{
	return table[regression].info.unit;
}

void regression_settings_init(struct regression_settings *settings)
{
	*settings = (struct regression_settings){.confidence = 0.95,
		.calls_enough = judge_rule_info(RULE_SYSCALL_BUDGET)->default_target};
	for (int r = 0; r < REGRESSION_COUNT; r++)
		settings->margin_pct[r] = table[r].info.default_target;
}

int regression_settings_set(
	struct regression_settings *settings, const char *assignment, struct text *error)
{
	struct rule_choice choice;
	int code = rule_choose(table, REGRESSION_COUNT, assignment, &choice, error);

	if (code)
		return code;
	settings->skip[choice.rule] = choice.off;
	settings->margin_pct[choice.rule] = choice.value;
	return 0;
}

/* What a run lacks of what is needed, in words; NULL: nothing. */
static const char *lacks(const struct judge_input *input, const struct rule_entry *entry,
	const struct regression_settings *settings)
{
	for (size_t i = 0; i < entry->needs_count; i++)
		if (!input->series[rule_need(entry, i, settings->allocator_scope)])
			return rule_needs_calls(entry->needs[i])
				       ? "counts of calls"
				       : series_info[entry->needs[i]].label;
	return NULL;
}

/* What is missing was not to be measured: see left_out.h. */
static bool not_wanted(const struct judge_input *input, const struct rule_entry *entry)
{
	unsigned int calls = LEFT_OUT_PROBES | LEFT_OUT_PERF;
	bool unwanted = input->imported;

	for (size_t i = 0; i < entry->needs_count; i++) {
		enum series_id series = entry->needs[i];

		if (input->series[series])
			continue;
		unwanted |= series == SERIES_OPS && input->left_out & LEFT_OUT_OPS;
		unwanted |= series == SERIES_BUDGET_CALLS && (input->left_out & calls) == calls;
	}
	return unwanted;
}

/* True, with the result concluded, if the two cannot be compared in this. */
static bool incomparable(const struct regression_view *sides, const struct rule_entry *entry,
	const struct regression_settings *settings, struct rule_result *result)
{
	for (int s = 0; s < 2; s++) {
		const char *missing = lacks(sides[s].input, entry, settings);

		if (missing) {
			rule_conclude(result,
				not_wanted(sides[s].input, entry) ? VERDICT_NOT_JUDGED
								  : VERDICT_INCONCLUSIVE,
				"no %s in %s", missing, whose[s]);
			rule_advise(result, "leave it out: --margin %s=off", entry->info.name);
			return true;
		}
	}
	for (int s = 0; s < 2; s++) {
		if (sides[s].judgement->from_s <= sides[s].judgement->to_s)
			continue;
		rule_conclude(result, VERDICT_INCONCLUSIVE, "%s has no steady window: %s", whose[s],
			text_of(&sides[s].judgement->steady_how));
		rule_advise(result, "record both for a minute at least: --duration 60s");
		return true;
	}
	return false;
}

/*
 * What the losses of either do not support. Ops that were not counted make calls per op too high:
 * in the baseline, what is no worse may be worse; in the run, what is worse may not be.
 */
static void weigh_both(const struct regression_view *sides, const struct rule_entry *entry,
	struct rule_result *result)
{
	for (int s = 0; s < 2; s++) {
		const struct judgement *judgement = sides[s].judgement;
		struct weighed_run run = {.input = sides[s].input,
			.of = s ? " of this run" : " of the baseline",
			.sources_disagree =
				judgement->rules[RULE_CROSSCHECK].verdict == VERDICT_FAIL,
			.doubtful = s ? VERDICT_FAIL : VERDICT_PASS};

		while (run.first < run.input->n && run.input->t_s[run.first] < judgement->from_s)
			run.first++;
		weigh(&run, entry, result);
	}
}

static bool target_failed(const struct regression_view *side)
{
	return side->judgement->rules[RULE_TARGET_EXIT].verdict == VERDICT_FAIL;
}

static void sum_up(const struct regression_view *sides, struct regression_judgement *judgement)
{
	struct rules_sum sum =
		rules_sum(table, judgement->rules, REGRESSION_COUNT, "figures", "became worse");
	bool failed[] = {target_failed(&sides[0]), target_failed(&sides[1])};
	struct text *reason = &judgement->reason;
	scoped_text list = {0};

	judgement->verdict = failed[1] ? VERDICT_FAIL
			     : sum.verdict == VERDICT_PASS && (failed[0] || !sum.judged)
				     ? VERDICT_INCONCLUSIVE
				     : sum.verdict;
	rule_list(table, judgement->rules, REGRESSION_COUNT, VERDICT_FAIL, &list);
	if (failed[1])
		text_set(reason, "%s%s%s",
			text_of(&sides[1].judgement->rules[RULE_TARGET_EXIT].reason),
			list.length ? "; worse as well: " : "", text_of(&list));
	else if (!sum.judged)
		text_set(reason, "nothing was compared");
	else if (sum.verdict == VERDICT_PASS && failed[0])
		text_set(reason, "nothing is worse, but of the baseline %s",
			text_of(&sides[0].judgement->rules[RULE_TARGET_EXIT].reason));
	else if (sum.verdict == VERDICT_PASS)
		text_set(reason, "none of %zu figures is worse", sum.judged);
	else
		text_set(reason, "%s", text_of(&sum.text));
	text_release(&sum.text);
}

/* Of a run in pieces, how many were looked at. */
static void tell_pieces(const struct regression_view *sides, const struct rule_entry *entry,
	struct rule_result *result)
{
	for (int s = 0; s < 2; s++) {
		const struct pieces *pieces = &sides[s].pieces;

		if (entry->needs[0] == SERIES_RSS)
			pieces_weigh(pieces, result);
		if (pieces->n > 1)
			rule_add_reason(result, "; %zu pieces of %s judged together%s", pieces->n,
				whose[s], pieces_say_restarts(pieces).text);
	}
}

static void judge_figures(const struct regression_view *sides,
	const struct regression_settings *settings, struct regression_judgement *judgement)
{
	judgement->reason = (struct text){NULL, 0};
	for (int r = 0; r < REGRESSION_COUNT; r++) {
		struct rule_result *result = &judgement->rules[r];

		*result = (struct rule_result){.verdict = VERDICT_INCONCLUSIVE,
			.estimate = NAN,
			.low = NAN,
			.high = NAN,
			.target = settings->margin_pct[r]};
		if (settings->skip[r]) {
			rule_conclude(result, VERDICT_NOT_JUDGED, "switched off");
			continue;
		}
		if (incomparable(sides, &table[r], settings, result))
			continue;
		table[r].compare(sides, settings, result);
		tell_pieces(sides, &table[r], result);
		weigh_both(sides, &table[r], result);
	}
}

int regression_judge(const struct regression_side *baseline, const struct regression_side *run,
	const struct regression_settings *settings, struct regression_judgement *ret_judgement)
{
	struct regression_view sides[2] = {{.seconds = 0.0}, {.seconds = 0.0}};
	int code = regression_view_open(baseline->input, baseline->judgement, &sides[0]);

	if (!code)
		code = regression_view_open(run->input, run->judgement, &sides[1]);
	if (!code) {
		judge_figures(sides, settings, ret_judgement);
		sum_up(sides, ret_judgement);
	}
	regression_view_release(&sides[0]);
	regression_view_release(&sides[1]);
	return code;
}

void regression_release(struct regression_judgement *judgement)
{
	text_release(&judgement->reason);
	rule_results_release(judgement->rules, REGRESSION_COUNT);
}
