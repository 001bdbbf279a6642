/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of regressions, what each needs, and the verdict on all: see regression.h. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/judge/regression_rules.h"
#include "soak/judge/rule.h"
#include "soak/judge/uncounted.h"

#define MISSED_SHARE_MAX 0.05

static const struct regression_entry {
	const char *name;
	double margin_pct;
	regression_fn *judge;
	bool calls, rss, faults, ops; /* what it needs of both runs */
} table[REGRESSION_COUNT] = {
	[REGRESSION_CALLS] = {"calls_per_op", 10, regression_calls, .calls = true, .ops = true},
	[REGRESSION_RSS_LEVEL] = {"rss_level", 5, regression_rss_level, .rss = true},
	[REGRESSION_RSS_GROWTH] = {"rss_growth", 5, regression_rss_growth, .rss = true},
	[REGRESSION_FAULTS] = {"fault_rate", 10, regression_faults, .faults = true},
	[REGRESSION_THROUGHPUT] = {"throughput", 5, regression_throughput, .ops = true},
};

const char *regression_name(enum regression regression)
{
	return table[regression].name;
}

const char *regression_unit(enum regression regression)
{
	(void)regression;
	return "%";
}

void regression_settings_init(struct regression_settings *settings)
{
	*settings = (struct regression_settings){.confidence = 0.95,
		.calls_enough = judge_rule_info(RULE_SYSCALL_BUDGET)->default_target};
	for (int r = 0; r < REGRESSION_COUNT; r++)
		settings->margin_pct[r] = table[r].margin_pct;
}

int regression_settings_set(struct regression_settings *settings, const char *assignment,
	char *error, size_t error_size)
{
	const char *equals = strchr(assignment, '=');
	size_t length = equals ? (size_t)(equals - assignment) : strlen(assignment);
	double margin;
	char *end;
	int r = 0;

	while (r < REGRESSION_COUNT &&
		(strlen(table[r].name) != length || memcmp(table[r].name, assignment, length) != 0))
		r++;
	if (r < REGRESSION_COUNT && equals && strcmp(equals + 1, "off") == 0) {
		settings->skip[r] = true;
		return 0;
	}
	margin = equals ? strtod(equals + 1, &end) : NAN;
	if (r == REGRESSION_COUNT || !equals || end == equals + 1 || *end || !isfinite(margin) ||
		margin < 0) {
		snprintf(error, error_size,
			"\"%s\" should be RULE=PERCENT or RULE=off, of calls_per_op, rss_level, "
			"rss_growth, fault_rate, throughput",
			assignment);
		return -EINVAL;
	}
	settings->margin_pct[r] = margin;
	settings->skip[r] = false;
	return 0;
}

static const char *lacks(const struct judge_input *input, const struct regression_entry *entry,
	const struct regression_settings *settings)
{
	return entry->calls && !regression_calls_of(input, settings) ? "counts of calls"
	       : entry->ops && !input->series[SERIES_OPS]            ? "count of ops"
	       : entry->rss && !input->series[SERIES_RSS]            ? "RSS"
	       : entry->faults && !input->series[SERIES_FAULTS]      ? "page fault counts"
								     : NULL;
}

/* What is missing was not to be measured: see left_out.h. */
static bool not_wanted(const struct judge_input *input, const struct regression_entry *entry)
{
	unsigned int calls = LEFT_OUT_PROBES | LEFT_OUT_PERF;

	return input->imported ||
	       (entry->ops && !input->series[SERIES_OPS] && input->left_out & LEFT_OUT_OPS) ||
	       (entry->calls && !input->series[SERIES_BUDGET_CALLS] &&
		       (input->left_out & calls) == calls);
}

/* True, with the result concluded, if the two cannot be compared in this. */
static bool incomparable(const struct regression_side *sides, const struct regression_entry *entry,
	const struct regression_settings *settings, struct rule_result *result)
{
	static const char *const whose[] = {"the baseline", "this run"};

	for (int s = 0; s < 2; s++) {
		const char *missing = lacks(sides[s].input, entry, settings);

		if (missing) {
			rule_conclude(result,
				not_wanted(sides[s].input, entry) ? VERDICT_NOT_JUDGED
								  : VERDICT_INCONCLUSIVE,
				"no %s in %s", missing, whose[s]);
			rule_advise(result, "leave it out: --margin %s=off", entry->name);
			return true;
		}
	}
	for (int s = 0; s < 2; s++) {
		if (sides[s].judgement->from_s <= sides[s].judgement->to_s)
			continue;
		rule_conclude(result, VERDICT_INCONCLUSIVE, "%s has no steady window: %.200s",
			whose[s], sides[s].judgement->steady_how);
		rule_advise(result, "record both for a minute at least: --duration 60s");
		return true;
	}
	return false;
}

/*
 * Ops that were not counted make calls per op too high: in the baseline, what is no worse may be
 * worse; in the run, what is worse may not be.
 */
static void weigh_uncounted(const struct regression_side *sides, struct rule_result *result)
{
	static const struct {
		const char *whose;
		enum verdict doubtful;
	} side[] = {{"the baseline", VERDICT_PASS}, {"this run", VERDICT_FAIL}};

	for (int s = 0; s < 2; s++) {
		const struct judge_input *input = sides[s].input;
		size_t first = 0;

		while (first < input->n && input->t_s[first] < sides[s].judgement->from_s)
			first++;
		if (result->verdict != side[s].doubtful ||
			uncounted_calls(input, UNCOUNTED_BUDGET, first) <= 0.0)
			continue;
		result->verdict = VERDICT_INCONCLUSIVE;
		rule_add_reason(result,
			"; but some calls of %s are of programs that counted none of their ops: %s",
			side[s].whose, input->uncounted_names ? input->uncounted_names : "unknown");
		rule_advise(result, "see which they are: soak check; have their ops counted");
	}
}

/* Takes back a verdict that the losses of either run do not support. */
static void weigh_losses(const struct regression_side *sides, const struct regression_entry *entry,
	struct rule_result *result)
{
	static const char *const whose[] = {"the baseline", "this run"};

	for (int s = 0; s < 2; s++) {
		const struct judge_input *input = sides[s].input;
		enum verdict cross = sides[s].judgement->rules[RULE_CROSSCHECK].verdict;

		if (entry->calls && (judge_counts_have_holes(input) || judge_calls_unseen(input) ||
					    cross == VERDICT_FAIL)) {
			rule_conclude(result, VERDICT_INCONCLUSIVE,
				"the counts of %s are not to be trusted: %s", whose[s],
				cross == VERDICT_FAIL ? "its sources disagree" : "they have holes");
			rule_advise(result, "see what is wrong with it: soak check");
		} else if ((entry->rss || entry->ops) && result->verdict == VERDICT_PASS &&
			   input->missed_ticks > MISSED_SHARE_MAX * (double)input->n) {
			rule_conclude(result, VERDICT_INCONCLUSIVE,
				"%.0f samples of %s were missed: too many to trust a pass",
				input->missed_ticks, whose[s]);
			rule_advise(result, "sample less often: --interval 1s");
		}
	}
}

static bool target_failed(const struct regression_side *side)
{
	return side->judgement->rules[RULE_TARGET_EXIT].verdict == VERDICT_FAIL;
}

static void sum_up(const struct regression_side *sides, struct regression_judgement *judgement)
{
	size_t count[VERDICT_NOT_JUDGED + 1] = {0}, judged, used = 0;
	size_t size = sizeof(judgement->reason);
	bool failed[] = {target_failed(&sides[0]), target_failed(&sides[1])};
	char list[128] = "";

	for (int r = 0; r < REGRESSION_COUNT; r++)
		count[judgement->rules[r].verdict]++;
	judged = REGRESSION_COUNT - count[VERDICT_NOT_JUDGED];
	judgement->verdict = count[VERDICT_FAIL] || failed[1]         ? VERDICT_FAIL
			     : count[VERDICT_INCONCLUSIVE] || !judged ? VERDICT_INCONCLUSIVE
								      : VERDICT_PASS;
	for (int r = 0; r < REGRESSION_COUNT; r++)
		if (judgement->rules[r].verdict == judgement->verdict)
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
				used ? ", " : "", table[r].name);
	if (failed[1]) {
		snprintf(judgement->reason, size, "%.200s%s%s",
			sides[1].judgement->rules[RULE_TARGET_EXIT].reason,
			count[VERDICT_FAIL] ? "; worse as well: " : "",
			count[VERDICT_FAIL] ? list : "");
	} else if (!judged) {
		snprintf(judgement->reason, size, "nothing was compared");
	} else if (judgement->verdict == VERDICT_PASS && failed[0]) {
		judgement->verdict = VERDICT_INCONCLUSIVE;
		snprintf(judgement->reason, size, "nothing is worse, but of the baseline %.200s",
			sides[0].judgement->rules[RULE_TARGET_EXIT].reason);
	} else if (judgement->verdict == VERDICT_PASS)
		snprintf(judgement->reason, size, "none of %zu figures is worse", judged);
	else
		snprintf(judgement->reason, size, "%zu of %zu figures %s: %s",
			count[judgement->verdict], judged,
			judgement->verdict == VERDICT_FAIL ? "became worse"
							   : "could not be decided",
			list);
}

void regression_judge(const struct regression_side *baseline, const struct regression_side *run,
	const struct regression_settings *settings, struct regression_judgement *ret_judgement)
{
	const struct regression_side sides[2] = {*baseline, *run};

	for (int r = 0; r < REGRESSION_COUNT; r++) {
		struct rule_result *result = &ret_judgement->rules[r];

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
		table[r].judge(sides, settings, result);
		weigh_losses(sides, &table[r], result);
		if (table[r].calls)
			weigh_uncounted(sides, result);
	}
	sum_up(sides, ret_judgement);
}
