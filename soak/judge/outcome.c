/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words for outcomes: see outcome.h. */
#include "soak/judge/outcome.h"

static const struct outcome_info outcomes[OUTCOME_COUNT] = {
	[OUTCOME_NONE] = {"undecided", 0, 0},
	[OUTCOME_FLAT] = {"flat", "growth", "%/h"},
	[OUTCOME_LEAK] = {"leak", "growth", "%/h"},
	[OUTCOME_ACCELERATING] = {"accelerating", "growth_at_end", "%/h"},
	[OUTCOME_STAIRCASE] = {"staircase", "steps_per_hour", "/h"},
	[OUTCOME_PLATEAU] = {"plateau", "reached_at", "s"},
	[OUTCOME_SAWTOOTH] = {"sawtooth", "period", "s"},
	[OUTCOME_RESTARTED] = {"restarted", "restarts", ""},
	[OUTCOME_MORNING] = {"daily_load", "growth", "%/h"},
};

const struct outcome_info *outcome_info(enum outcome_kind kind)
{
	return &outcomes[kind];
}
