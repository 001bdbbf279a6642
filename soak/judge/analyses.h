/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Analyses that several rules share. Each is made once per judgement, when the first rule asks for
 * it, by the function that is named beside it; nothing else writes here.
 */
#ifndef SOAK_JUDGE_ANALYSES_H
#define SOAK_JUDGE_ANALYSES_H

#include <stdbool.h>

#include "soak/judge/pace.h"
#include "soak/judge/resident.h"
#include "soak/stats/cycles.h"

struct rule_analyses {
	bool cycles_known, growth_known, whole_known;
	size_t ncycles; /* resident.c: cycles of RSS in the window */
	struct cycles cycles;
	size_t readings; /* resident_growth() */
	struct resident_growth growth;
	int whole_error; /* tooth.c: the growth of the whole run */
	struct longrun whole;
	bool pace_known[2];
	struct pace pace[2]; /* pace_of(): fine and coarse */
};

#endif
