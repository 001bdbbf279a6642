/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules, what they need, and what of it nobody wanted: see left_out.h. Called by judge.c. */
#include <stdio.h>

#include "soak/judge/left_out.h"
#include "soak/judge/rule.h"

struct absence {
	const char *what, *advice; /* `what` NULL: nothing is missing */
};

static struct absence not_imported(const struct judge_input *input, enum rule rule)
{
	const char *missing, *advice = "record it by soak: soak run, soak attach";

	switch (rule) {
	case RULE_RSS_DRIFT:
	case RULE_RSS_MONOTONIC:
		missing = input->series[SERIES_RSS] ? NULL : "RSS";
		break;
	case RULE_THROUGHPUT_DROP:
	case RULE_THROUGHPUT_CV:
		missing = input->series[SERIES_OPS] ? NULL : "count of ops";
		advice = "import it as well: soak import --ops COLUMN";
		break;
	case RULE_FAULT_GROWTH:
		missing = input->series[SERIES_FAULTS] ? NULL : "page fault counts";
		break;
	case RULE_TARGET_EXIT:
		missing = "end of the target";
		advice = ""; /* not worth a line */
		break;
	default:
		missing = "counts of system calls";
	}
	return (struct absence){missing, advice};
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
		return (struct absence){NULL, NULL};
	return (struct absence){input->ops_absent,
		"count them: soak run --ops preload, or a program that publishes its own "
		"(soakops.h)"};
}

static struct absence no_calls(
	const struct judge_input *input, const double *calls, bool allocator_scope)
{
	if (!calls && unwanted(input, LEFT_OUT_PROBES | LEFT_OUT_PERF, true))
		return (struct absence){"system calls were not counted (--no-bpf, --no-perf)",
			"leave out one of these options"};
	if (allocator_scope && !input->series[SERIES_ALLOCATOR_CALLS] &&
		unwanted(input, LEFT_OUT_CALLERS, false))
		return (struct absence){"callers were not asked for (--no-callers)",
			"judge the whole target: --budget-scope target"};
	return (struct absence){NULL, NULL};
}

static struct absence not_wanted(
	const struct judge_input *input, bool allocator_scope, enum rule rule)
{
	const double *calls = rule == RULE_CHURN_BUDGET ? input->series[SERIES_CHURN_CALLS]
							: input->series[SERIES_BUDGET_CALLS];
	struct absence absence;

	switch (rule) {
	case RULE_SYSCALL_BUDGET:
	case RULE_CHURN_BUDGET:
		absence = no_calls(input, calls, allocator_scope && rule == RULE_SYSCALL_BUDGET);
		return absence.what ? absence : no_ops(input);
	case RULE_SYSCALL_RATE:
		return no_calls(input, calls, allocator_scope);
	case RULE_THROUGHPUT_DROP:
	case RULE_THROUGHPUT_CV:
		return no_ops(input);
	case RULE_CROSSCHECK:
		if (!input->ncross && unwanted(input, LEFT_OUT_PROBES | LEFT_OUT_PERF, false))
			return (struct absence){"one of the two sources was left out (--no-bpf, "
						"--no-perf)",
				"leave out these options"};
		break;
	case RULE_TARGET_EXIT:
		if (input->target_end_unknown && unwanted(input, LEFT_OUT_PROBES, false))
			return (struct absence){input->target_end_unknown, "leave out --no-bpf"};
		break;
	default:
		break;
	}
	return (struct absence){NULL, NULL};
}

bool left_out(const struct judge_input *input, bool allocator_scope, enum rule rule,
	struct rule_result *ret_result)
{
	struct absence absence = input->imported ? not_imported(input, rule)
						 : not_wanted(input, allocator_scope, rule);

	if (!absence.what)
		return false;
	if (input->imported)
		rule_conclude(
			ret_result, VERDICT_NOT_JUDGED, "no %s in what was imported", absence.what);
	else
		rule_conclude(ret_result, VERDICT_NOT_JUDGED, "%s", absence.what);
	rule_advise(ret_result, "%s", absence.advice);
	return true;
}
