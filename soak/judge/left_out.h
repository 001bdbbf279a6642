/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run cannot be judged by because nobody wanted it measured. */
#ifndef SOAK_JUDGE_LEFT_OUT_H
#define SOAK_JUDGE_LEFT_OUT_H

#include <stdbool.h>

#include "soak/judge/rules.h"

/*
 * True, with the result concluded as NOT JUDGED, if what the rule needs was not in what was
 * imported, or was left out by the run's own options: who imports RSS alone, or runs with --ops
 * none, wants a verdict on the rest. What was to be measured and was lost is not meant: the rule
 * itself finds that INCONCLUSIVE.
 */
bool left_out(const struct judge_input *input, bool allocator_scope, const struct rule_entry *entry,
	struct rule_result *ret_result);

#endif
