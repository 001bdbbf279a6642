/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Losses, and the sum of all verdicts: see weigh.h. Called by judge.c and regression.c. */
#include "soak/judge/weigh.h"

#define MISSED_SHARE_MAX 0.05

/* Were there calls that no source counts, by the 32-bit entry or io_uring? */
static bool calls_unseen(const struct judge_input *input)
{
	return input->compat > 0.0 || input->compat_calls > 0.0 || input->ring_madvises > 0.0;
}

static void take_back_counts(const struct weighed_run *run, struct rule_result *result)
{
	const struct judge_input *input = run->input;

	if (judge_counts_have_holes(input)) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"counts%s are incomplete: %.0f events were lost, %.0f processes or threads "
			"were not followed, %.0f probes were skipped by the kernel",
			run->of, input->lost_events, input->unfollowed, input->skipped);
		rule_advise(result, "run again on a less busy machine; see what cannot be "
				    "followed: soak doctor");
	} else if (calls_unseen(input)) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"some calls%s are visible to no source: those of %.0f 32-bit "
			"programs, %.0f through the 32-bit entry, and %.0f madvise "
			"requests through io_uring",
			run->of, input->compat, input->compat_calls, input->ring_madvises);
		rule_advise(result, "run the 64-bit program without io_uring, or see the counted "
				    "calls: soak audit");
	} else {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"the counts%s are unreliable: the sources disagree", run->of);
		rule_advise(result, "see which counts differ: soak check");
	}
}

static bool counts_spoil(const struct weighed_run *run, const struct rule_entry *entry, bool passes)
{
	bool against = run->of[0], holes = judge_counts_have_holes(run->input);
	bool unseen = calls_unseen(run->input);

	if (passes)
		return entry->loss_spoils_pass && (holes || unseen || run->sources_disagree);
	/* a FAIL by itself stands where the true count is only higher; of two runs it does not */
	return entry->loss_spoils_all && (holes || (against && (unseen || run->sources_disagree)));
}

void weigh(
	const struct weighed_run *run, const struct rule_entry *entry, struct rule_result *result)
{
	const struct judge_input *input = run->input;
	bool passes = result->verdict == VERDICT_PASS;

	if (!passes && result->verdict != VERDICT_FAIL)
		return;
	if (counts_spoil(run, entry, passes)) {
		take_back_counts(run, result);
	} else if (entry->gaps_spoil_pass && passes &&
		   input->missed_ticks > MISSED_SHARE_MAX * (double)input->n) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"%.0f samples%s were missed and %zu taken: too many missed "
			"to trust a PASS",
			input->missed_ticks, run->of, input->n);
		rule_advise(result, "sample less often, or free a CPU for soak: --interval 1s");
	} else if (result->verdict == run->doubtful) {
		uncounted_weigh(input, entry->per_op, run->first, run->of, result);
	}
}

static size_t count_of(const struct rule_result *results, int count, enum verdict verdict)
{
	size_t found = 0;

	for (int r = 0; r < count; r++)
		found += results[r].verdict == verdict;
	return found;
}

struct rules_sum rules_sum(const struct rule_entry *table, const struct rule_result *results,
	int count, const char *noun, const char *fail)
{
	struct rules_sum sum = {.verdict = VERDICT_PASS};
	scoped_text list = {0};

	if (count_of(results, count, VERDICT_INCONCLUSIVE))
		sum.verdict = VERDICT_INCONCLUSIVE;
	if (count_of(results, count, VERDICT_FAIL))
		sum.verdict = VERDICT_FAIL;
	sum.judged = (size_t)count - count_of(results, count, VERDICT_NOT_JUDGED);
	if (sum.verdict == VERDICT_PASS)
		return sum;
	rule_list(table, results, count, sum.verdict, &list);
	text_set(&sum.text, "%zu of %zu %s %s: %s", count_of(results, count, sum.verdict),
		sum.judged, noun, sum.verdict == VERDICT_FAIL ? fail : "could not be decided",
		text_of(&list));
	return sum;
}
