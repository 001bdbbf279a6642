/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GO, NEUTRAL or NO-GO: see decision.h and docs/judging.md. Called by comparison.c. */
#include <math.h>

#include "soak/judge/decision.h"

#define PAIRS_PUBLISHED 10
#define PAIRS_WITHIN_REASON 10000

const char *decision_name(enum decision decision)
{
	static const char *const names[] = {[DECISION_GO] = "GO",
		[DECISION_NEUTRAL] = "NEUTRAL",
		[DECISION_NO_GO] = "NO-GO",
		[DECISION_INCONCLUSIVE] = "INCONCLUSIVE"};

	return names[decision];
}

/* How far the mean is from the nearest threshold: what half the interval must shrink to. */
static size_t further_pairs(
	const struct paired *speed, double low_log, double high_log, double confidence)
{
	double margin = fmin(fabs(speed->log_mean - low_log), fabs(speed->log_mean - high_log));
	size_t needed = paired_needed(speed, margin, confidence);

	if (speed->n < 2)
		return PAIRS_PUBLISHED - speed->n;
	return needed == 0 || needed > PAIRS_WITHIN_REASON ? 0 : needed - speed->n;
}

enum decision decide(
	const struct paired *speed, double band_pct, double confidence, size_t *ret_further)
{
	double low = 1.0 - band_pct / 100.0, high = 1.0 + band_pct / 100.0;

	*ret_further = 0;
	if (speed->low >= high)
		return DECISION_GO;
	if (speed->high < low)
		return DECISION_NO_GO;
	if (speed->low >= low && speed->high < high)
		return DECISION_NEUTRAL;
	*ret_further = further_pairs(speed, log(low), log(high), confidence);
	return DECISION_INCONCLUSIVE;
}
