/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generated runs, judged by a rule: see plan.h. Deterministic: equal arguments, equal results. */
#ifndef SOAK_JUDGE_PLAN_TRIAL_H
#define SOAK_JUDGE_PLAN_TRIAL_H

#include "soak/judge/plan.h"

struct plan_trial {
	const struct plan_program *program;
	const struct judge_settings *settings;
	enum rule rule;
	/* evenly, evenly over the window, and at its middle */
	double leak_bytes_per_s, ops_fall_pct, fault_growth_pct;
	enum verdict want;
};

/* What this rule on growth judges of the program. */
const struct plan_resident *plan_resident(const struct plan_program *program, enum rule rule);

/*
 * The shortest window, in steps of a tenth, with which the rule gives the wanted verdict in
 * PLAN_POWER of all runs. INFINITY: more than 30 days. A negative errno (as a double) if memory is
 * short.
 */
double plan_trial_length(const struct plan_trial *trial);

#endif
