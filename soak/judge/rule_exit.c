/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * target_exit: a target that crashes has failed, however short the run and whatever else is known
 * of it. See docs/judging.md. Called by judge.c, through the table of rules.
 */
#include "soak/judge/rule.h"

void rule_target_exit(const struct rule_context *context, struct judgement *judgement)
{
	const struct judge_input *input = context->input;
	struct rule_result *result = &judgement->rules[RULE_TARGET_EXIT];
	bool failed = input->target_failed && !context->allowed_exit[input->target_status];

	if (input->target_end_unknown) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"it is unknown how the target ended: %s", input->target_end_unknown);
		rule_advise(result, "judge the recording when it is complete, or without this "
				    "rule: --set target_exit=off");
		return;
	}
	result->estimate = result->low = result->high = failed;
	if (!input->target_end)
		rule_conclude(result, VERDICT_PASS,
			"the target was still running when the observation ended");
	else
		rule_conclude(result, rule_decide(result), "the target %s%s", input->target_end,
			input->target_failed && !failed ? ", which is allowed" : "");
	if (failed && input->target_status)
		rule_advise(result, "if this status is not a failure: --allow-exit %d",
			input->target_status);
}
