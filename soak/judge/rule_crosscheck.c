/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crosscheck: two sources must have counted the same calls, to the last one. See docs/judging.md.
 */
#include <math.h>

#include "soak/judge/rule.h"
#include "soak/judge/wording.h"

void rule_crosscheck(const struct rule_context *context, struct judgement *judgement)
{
	const struct judge_input *input = context->input;
	struct rule_result *result = &judgement->rules[RULE_CROSSCHECK];
	const struct judge_cross *worst = NULL, *unread = NULL;
	double total = 0.0;

	if (input->ncross == 0 || input->cross_absent) {
		rule_conclude(result, VERDICT_INCONCLUSIVE, "no second source of counts: %s",
			input->cross_absent ? input->cross_absent : "nothing was compared");
		rule_advise(result, "see which source is missing and why: soak doctor");
		return;
	}
	for (size_t i = 0; i < input->ncross; i++) {
		const struct judge_cross *cross = &input->cross[i];

		if (isnan(cross->a) || isnan(cross->b))
			unread = cross;
		else if (!worst || fabs(cross->a - cross->b) > fabs(worst->a - worst->b))
			worst = cross;
		if (!isnan(cross->a))
			total += cross->a;
	}
	if (worst)
		result->estimate = result->low = result->high = fabs(worst->a - worst->b);
	if (worst && result->estimate > result->target) {
		rule_conclude(result, VERDICT_FAIL,
			"the sources disagree on %s: %.0f calls by the first, %.0f by the second",
			worst->syscall, worst->a, worst->b);
	} else if (unread) {
		rule_conclude(result, VERDICT_INCONCLUSIVE, "%s was counted by one source only",
			unread->syscall);
		rule_advise(result, "see which source is missing and why: soak doctor");
	} else {
		rule_conclude(result, VERDICT_PASS,
			"both sources agree on %zu system calls, %s calls in all", input->ncross,
			say_count(total).text);
	}
}
