/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * peak_rss: a ceiling of the target's RSS over the whole run, start-up included. Judged if it is
 * asked for. See docs/judging.md. Called by judge.c, through the table of rules.
 */
#include <math.h>

#include "soak/judge/pieces.h"
#include "soak/judge/wording.h"

#define MIB 1048576.0

void rule_peak_rss(const struct rule_context *context, struct judgement *judgement)
{
	const struct judge_input *input = context->pieces ? context->pieces->input : context->input;
	const double *rss = input->series[SERIES_RSS];
	struct rule_result *result = &judgement->rules[RULE_PEAK_RSS];
	double peak = input->peak_process_bytes, when_s = NAN;

	for (size_t i = 0; i < input->n; i++)
		if (rss[i] > peak || (isnan(peak) && rss[i] > 0.0)) {
			peak = rss[i];
			when_s = input->t_s[i];
		}
	if (!(peak > 0.0)) {
		rule_too_few(result, "RSS", 0);
		return;
	}
	result->estimate = result->low = result->high = peak / MIB;
	if (isnan(when_s))
		rule_conclude(result, rule_decide(result),
			"one process had a peak RSS of %s, where %s is allowed",
			say_bytes(peak).text, say_bytes(result->target * MIB).text);
	else
		rule_conclude(result, rule_decide(result),
			"the highest RSS was %s at %s, where %s is allowed", say_bytes(peak).text,
			say_clock(when_s).text, say_bytes(result->target * MIB).text);
}
