/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which outcome the growth of memory is: see outcome.h, docs/judging.md. */
#ifndef SOAK_JUDGE_GROWTH_OUTCOME_H
#define SOAK_JUDGE_GROWTH_OUTCOME_H

#include "soak/judge/resident.h"

/*
 * Sets the outcome of a rule on growth that is concluded, and tells it in the reason. The first of
 * these that holds:
 *
 * restarted: the program was started again between pieces of the recording. A count, no interval.
 *
 * Of a FAIL: staircase (soak/stats/staircase.h), with steps per hour; accelerating, if growth
 * evidently was slower at first (soak/stats/longrun.h), with that of the last third; else leak.
 *
 * sawtooth: cycles, with their mean length and Student's t.
 *
 * plateau, of what evidently rose, then stopped, and PASSes: when a fill stopped, a step was made,
 * or a warm-up was done but for a twentieth. The interval is the times that the likelihood ratio
 * does not reject.
 *
 * daily_load, if it is open for the morning of one: the growth, and what a daily load leaves of it.
 *
 * flat: all else that PASSes. undecided: all else.
 */
void growth_outcome(const struct rule_context *context, const struct resident_growth *growth,
	struct rule_result *result);

#endif
