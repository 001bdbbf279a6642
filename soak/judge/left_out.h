/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules that a run cannot be judged by because their data was deliberately not measured. */
#ifndef SOAK_JUDGE_LEFT_OUT_H
#define SOAK_JUDGE_LEFT_OUT_H

#include <stdbool.h>

#include "soak/judge/rules.h"

/*
 * True, with the result concluded as NOT JUDGED, if data that the rule needs was not imported, or
 * was left out by the run's own options. A user who imports RSS alone, or runs with --ops none,
 * wants a verdict on the rest. Data that should have been measured but was lost is another matter:
 * the rule itself is then INCONCLUSIVE.
 */
bool left_out(const struct judge_input *input, bool allocator_scope, const struct rule_entry *entry,
	struct rule_result *ret_result);

#endif
