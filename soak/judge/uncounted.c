/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Weighs the calls of programs that counted no ops against a verdict. Called by weigh.c after
 * each rule, by the rule's row.
 */
#include <math.h>

#include "soak/judge/rule.h"
#include "soak/judge/uncounted.h"
#include "soak/judge/wording.h"

static double gain(const double *series, size_t first, size_t n)
{
	double before;

	while (series && n > first && isnan(series[n - 1]))
		n--;
	if (!series || n <= first)
		return 0.0;
	before = first ? series[first] : 0.0;
	return fmax(series[n - 1] - (isnan(before) ? 0.0 : before), 0.0);
}

static double calls_of(const struct judge_input *input, enum uncounted_kind kind, size_t first)
{
	switch (kind) {
	case UNCOUNTED_BUDGET:
		return gain(input->series[SERIES_UNCOUNTED_CALLS], first, input->n);
	case UNCOUNTED_CHURN:
		return gain(input->series[SERIES_UNCOUNTED_CHURN], first, input->n);
	case UNCOUNTED_FAULTS:
		return gain(input->series[SERIES_UNCOUNTED_CALLS], 0, input->n) +
		       gain(input->series[SERIES_UNCOUNTED_CHURN], 0, input->n);
	case UNCOUNTED_NONE:
		break;
	}
	return 0.0;
}

void uncounted_weigh(const struct judge_input *input, enum uncounted_kind kind, size_t first,
	const char *of, struct rule_result *result)
{
	double calls = calls_of(input, kind, first);

	if (!input->series[SERIES_OPS] || calls <= 0.0)
		return;
	result->verdict = VERDICT_INCONCLUSIVE;
	if (kind == UNCOUNTED_FAULTS)
		rule_add_reason(result, "; but some faults are of programs that counted none of "
					"their ops");
	else
		rule_add_reason(result,
			"; but %s of these calls%s are of programs that counted none "
			"of their ops",
			say_count(calls).text, of);
	if (input->uncounted_names)
		rule_add_reason(result, ": %s", input->uncounted_names);
	rule_advise(result, "get their ops counted (env -i, env={} and sudo drop "
			    "LD_PRELOAD and SOAK_OPS), or judge by time: --set "
			    "syscall_rate=on");
}
