/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sequential looks: see looks.h. */
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

bool looks_decided(const struct judgement *judgement)
{
	bool passes = true, any = false;

	for (int r = 0; r < RULE_COUNT; r++) {
		enum verdict verdict = judgement->rules[r].verdict;

		if (r == RULE_CROSSCHECK || verdict == VERDICT_NOT_JUDGED)
			continue;
		if (verdict == VERDICT_FAIL && r != RULE_RSS_MONOTONIC)
			return true;
		passes = passes && verdict == VERDICT_PASS;
		any = true;
	}
	return any && passes;
}
