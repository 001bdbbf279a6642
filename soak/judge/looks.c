/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sequential looks: see looks.h. Called by stop_when_sure.c. */
#include <math.h>

#include "soak/judge/looks.h"

int looks_count(double longest_s)
{
	int count = 1;

	while (count < LOOKS_MAX && ldexp(longest_s, -count) >= LOOKS_FIRST_S)
		count++;
	return count;
}

double looks_time(double longest_s, int look)
{
	return ldexp(longest_s, look - looks_count(longest_s));
}

double looks_confidence(double confidence, int count)
{
	return 1.0 - (1.0 - confidence) / count;
}

static enum rule_kind kind_of(enum rule rule)
{
	return judge_rule_info(rule)->kind;
}

static bool fails(const struct judgement *judgement)
{
	for (int r = 0; r < RULE_COUNT; r++)
		if (judgement->rules[r].verdict == VERDICT_FAIL && kind_of(r) != RULE_SHARE &&
			kind_of(r) != RULE_COUNT_AT_END)
			return true;
	return false;
}

static bool passes(const struct judgement *judgement)
{
	bool any = false;

	for (int r = 0; r < RULE_COUNT; r++) {
		enum verdict verdict = judgement->rules[r].verdict;

		if (kind_of(r) == RULE_COUNT_AT_END || kind_of(r) == RULE_END ||
			verdict == VERDICT_NOT_JUDGED)
			continue;
		if (verdict != VERDICT_PASS)
			return false;
		any = true;
	}
	return any;
}

bool looks_decided(const struct judgement *before, const struct judgement *now)
{
	return fails(now) || (before && passes(before) && passes(now));
}
