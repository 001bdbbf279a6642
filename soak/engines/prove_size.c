/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sizes of faults. Each is a little above what the rule is sure to see: a control that plants ten
 * times as much shows that the rule is on, and not how far it sees. Called by prove.c.
 */
#include <math.h>

#include "soak/engines/prove_size.h"
#include "soak/judge/run_figures.h"
#include "soak/stats/poisson.h"

#define LEAK_MARGIN 1.5  /* of what nine in ten runs find */
#define CHURN_MARGIN 2.0 /* of the fewest calls that fail: runs differ in their ops */
#define SLOW_MARGIN 2.0
#define SLOW_LEAST_PCT 5.0 /* beyond the target */
#define SLOW_MOST_PCT 90.0

double prove_level_bytes(struct run *plain, const struct judgement *judgement)
{
	double level = judgement->drift_intercept_bytes;

	return level > 0.0 ? level : run_figures(plain, judgement).rss_mean_bytes;
}

/* A target that shrinks by itself hides as much of a leak. */
static double leak_size(struct run *plain, const struct judgement *judgement)
{
	const struct rule_result *rss = &judgement->rules[RULE_RSS_DRIFT],
				 *memory = &judgement->rules[RULE_MEMORY_DRIFT],
				 *drift = rss->verdict == VERDICT_NOT_JUDGED ? memory : rss;

	return (LEAK_MARGIN * drift->detectable - fmin(drift->estimate, 0.0)) / 100.0 *
	       prove_level_bytes(plain, judgement);
}

/* The calls that so many allowed ones must be exceeded by, beside chance. */
static double calls_to_fail(double allowed, double confidence)
{
	double calls = ceil(allowed), low, high;

	for (double step = 1.0 + ceil(sqrt(allowed));; calls += step) {
		poisson_interval(calls, confidence, &low, &high);
		if (low > allowed)
			return calls;
	}
}

static double churn_size(
	struct run *plain, const struct judgement *judgement, const struct judge_settings *settings)
{
	const struct rule_result *budget = &judgement->rules[RULE_SYSCALL_BUDGET],
				 *rate = &judgement->rules[RULE_SYSCALL_RATE];
	struct run_figures figures = run_figures(plain, judgement);
	double seconds = judgement->to_s - judgement->from_s, allowed = INFINITY;

	if (!(seconds > 0.0))
		return NAN;
	if (budget->verdict != VERDICT_NOT_JUDGED && figures.ops > 0.0)
		allowed = budget->target * figures.ops * seconds / figures.seconds;
	if (rate->verdict != VERDICT_NOT_JUDGED)
		allowed = fmin(allowed, rate->target * seconds);
	if (!isfinite(allowed))
		return NAN;
	return CHURN_MARGIN * calls_to_fail(allowed, settings->confidence) / seconds / 2.0;
}

/*
 * A share that rises evenly to F over the whole run is a fall of (F - sF) / (1 - sF) over a window
 * that begins after a part s of it.
 */
static double slow_size(const struct judgement *judgement)
{
	const struct rule_result *drop = &judgement->rules[RULE_THROUGHPUT_DROP];
	double fall = SLOW_LEAST_PCT + SLOW_MARGIN * drop->target + (drop->high - drop->low) -
		      fmin(drop->estimate, 0.0);
	double s = judgement->from_s / judgement->to_s;

	fall = fmin(fall, SLOW_MOST_PCT) / 100.0;
	return fmin(100.0 * fall / (1.0 - s + s * fall), SLOW_MOST_PCT);
}

double prove_size(struct run *plain, const struct judgement *judgement,
	const struct judge_settings *settings, enum prove_fault fault)
{
	switch (fault) {
	case PROVE_LEAK:
		return leak_size(plain, judgement);
	case PROVE_CHURN:
		return churn_size(plain, judgement, settings);
	default:
		return slow_size(judgement);
	}
}
