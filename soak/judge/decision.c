/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GO, NEUTRAL or NO-GO: see decision.h and docs/judging.md. Called by comparison.c. */
#include <math.h>
#include <stdbool.h>

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
static size_t further_runs(const struct paired *ratio, double margin, double confidence)
{
	size_t needed = paired_needed(ratio, margin, confidence);

	return needed == 0 || needed > PAIRS_WITHIN_REASON ? 0 : needed - ratio->n;
}

static bool too_few(const struct paired *ratio, size_t *ret_further)
{
	*ret_further = 0;
	if (ratio->runs >= DECISION_RUNS_MIN)
		return false;
	*ret_further = PAIRS_PUBLISHED - ratio->n;
	return true;
}

enum decision decide(
	const struct paired *speed, double band_pct, double confidence, size_t *ret_further)
{
	double low = 1.0 - band_pct / 100.0, high = 1.0 + band_pct / 100.0, margin;

	if (too_few(speed, ret_further))
		return DECISION_INCONCLUSIVE;
	if (speed->low >= high)
		return DECISION_GO;
	if (speed->high < low)
		return DECISION_NO_GO;
	if (speed->low >= low && speed->high < high)
		return DECISION_NEUTRAL;
	margin = fmin(fabs(speed->log_mean - log(low)), fabs(speed->log_mean - log(high)));
	*ret_further = further_runs(speed, margin, confidence);
	return DECISION_INCONCLUSIVE;
}

enum decision decide_cost(
	const struct paired *cost, double margin_pct, double confidence, size_t *ret_further)
{
	double high = 1.0 + margin_pct / 100.0;

	if (too_few(cost, ret_further))
		return DECISION_INCONCLUSIVE;
	if (cost->low > high)
		return DECISION_NO_GO;
	if (cost->high <= high)
		return cost->high < 1.0 - margin_pct / 100.0 ? DECISION_GO : DECISION_NEUTRAL;
	*ret_further = further_runs(cost, fabs(cost->log_mean - log(high)), confidence);
	return DECISION_INCONCLUSIVE;
}
