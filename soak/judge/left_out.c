/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules, what they need, and what of it nobody wanted: see left_out.h. Called by judge.c. */
#include <stdio.h>

#include "soak/judge/left_out.h"

struct absence {
	const char *what, *advice; /* `what` NULL: nothing is missing */
};

static const struct absence nothing = {NULL, NULL};

static struct absence not_imported(const struct judge_input *input, const struct rule_entry *entry)
{
	static const char calls[] = "counts of system calls";
	static const char advice[] = "record the run with soak: soak run, soak attach";

	/* not worth a line: no other tool has them */
	if (entry->info.kind == RULE_END)
		return (struct absence){"end of the target", ""};
	if (entry->needs[0] == SERIES_MEMORY && !input->series[SERIES_MEMORY])
		return (struct absence){series_info[SERIES_MEMORY].label, ""};
	if (entry->info.kind == RULE_COUNT_AT_END)
		return (struct absence){calls, advice};
	for (size_t i = 0; i < entry->needs_count; i++) {
		enum series_id series = entry->needs[i];

		if (input->series[series])
			continue;
		return (struct absence){
			rule_needs_calls(series) ? calls : series_info[series].label,
			series == SERIES_OPS ? "import it as well: soak import --ops COLUMN"
					     : advice};
	}
	return nothing;
}

/* Of these sources all are needed, or one of them where `any_will_do`. */
static bool unwanted(const struct judge_input *input, unsigned int sources, bool any_will_do)
{
	unsigned int missing = input->left_out & sources;

	return any_will_do ? missing == sources : missing != 0;
}

static struct absence no_ops(const struct judge_input *input)
{
	if (input->series[SERIES_OPS] || !unwanted(input, LEFT_OUT_OPS, false))
		return nothing;
	return (struct absence){input->ops_absent,
		"count them: soak run --ops preload, or a program that publishes its own "
		"(soakops.h)"};
}

static struct absence no_calls(
	const struct judge_input *input, const struct rule_entry *entry, size_t i, bool scope)
{
	if (!input->series[entry->needs[i]] &&
		unwanted(input, LEFT_OUT_PROBES | LEFT_OUT_PERF, true))
		return (struct absence){"system calls were not counted (--no-bpf, --no-perf)",
			"leave out one of these options"};
	if (!input->series[rule_need(entry, i, scope)] &&
		rule_need(entry, i, scope) == SERIES_ALLOCATOR_CALLS &&
		unwanted(input, LEFT_OUT_CALLERS, false))
		return (struct absence){"callers were not recorded (--no-callers)",
			"judge the whole target: --budget-scope target"};
	return nothing;
}

/* What this kernel, or the soak of an old recording, did not read beside RSS. */
static struct absence no_memory(const struct judge_input *input)
{
	if (input->series[SERIES_MEMORY] || !input->series[SERIES_RSS])
		return nothing;
	return (struct absence){
		input->series[SERIES_SWAP] ? "page tables were not read" : "swap was not read",
		"a leak that is swapped out stays unseen; see what can be "
		"read here: soak doctor"};
}

static struct absence not_wanted(
	const struct judge_input *input, bool allocator_scope, const struct rule_entry *entry)
{
	struct absence absence = nothing;

	if (entry->info.kind == RULE_COUNT_AT_END && !input->ncross &&
		unwanted(input, LEFT_OUT_PROBES | LEFT_OUT_PERF, false))
		return (struct absence){"one of the two sources was left out (--no-bpf, --no-perf)",
			"leave out these options"};
	if (entry->info.kind == RULE_END && input->target_end_unknown &&
		unwanted(input, LEFT_OUT_PROBES, false))
		return (struct absence){input->target_end_unknown, "leave out --no-bpf"};
	for (size_t i = 0; i < entry->needs_count && !absence.what; i++) {
		if (rule_needs_calls(entry->needs[i]))
			absence = no_calls(input, entry, i, allocator_scope);
		else if (entry->needs[i] == SERIES_OPS)
			absence = no_ops(input);
		else if (entry->needs[i] == SERIES_MEMORY)
			absence = no_memory(input);
	}
	return absence;
}

bool left_out(const struct judge_input *input, bool allocator_scope, const struct rule_entry *entry,
	struct rule_result *ret_result)
{
	struct absence absence = input->imported ? not_imported(input, entry)
						 : not_wanted(input, allocator_scope, entry);

	if (!absence.what)
		return false;
	if (input->imported)
		rule_conclude(
			ret_result, VERDICT_NOT_JUDGED, "no %s in the imported data", absence.what);
	else
		rule_conclude(ret_result, VERDICT_NOT_JUDGED, "%s", absence.what);
	rule_advise(ret_result, "%s", absence.advice);
	return true;
}
