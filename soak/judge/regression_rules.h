/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One function per regression. Each is called only if both runs have a steady window and the series
 * that its row says it needs. Its result comes preset like a rule's (rule.h), with the margin as
 * the target.
 */
#ifndef SOAK_JUDGE_REGRESSION_RULES_H
#define SOAK_JUDGE_REGRESSION_RULES_H

#include "soak/judge/regression.h"

struct regression_view; /* regression_view.h */

/* sides[0] is the baseline, sides[1] the run. */
typedef void regression_fn(const struct regression_view *sides,
	const struct regression_settings *settings, struct rule_result *result);

regression_fn regression_calls, regression_rss_level, regression_rss_growth, regression_faults,
	regression_throughput;

#endif
