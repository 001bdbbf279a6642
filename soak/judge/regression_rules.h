/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One function per regression, listed in the table of regression.c. Each is called only if both
 * runs have a steady window and what the table says it needs; its result comes preset as a rule's
 * does (rule.h), the target being the margin.
 */
#ifndef SOAK_JUDGE_REGRESSION_RULES_H
#define SOAK_JUDGE_REGRESSION_RULES_H

#include "soak/judge/regression.h"

/* sides[0] is the baseline, sides[1] the run. */
typedef void regression_fn(const struct regression_side *sides,
	const struct regression_settings *settings, struct rule_result *result);

regression_fn regression_calls, regression_rss_level, regression_rss_growth, regression_faults,
	regression_throughput;

/* The calls that are counted, by the settings' scope; NULL: not measured. */
const double *regression_calls_of(
	const struct judge_input *input, const struct regression_settings *settings);

#endif
