/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generated runs, put before a rule: see plan.h. The same for the same arguments, everywhere. */
#ifndef SOAK_JUDGE_PLAN_TRIAL_H
#define SOAK_JUDGE_PLAN_TRIAL_H

#include "soak/judge/plan.h"

struct plan_trial {
	const struct plan_program *program;
	const struct judge_settings *settings;
	enum rule rule;
	/* evenly, evenly over the window, and at its middle */
	double leak_pct_per_h, ops_fall_pct, fault_growth_pct;
	enum verdict want;
};

/*
 * The shortest window, in steps of a tenth, in which the rule's verdict is the wanted one in
 * PLAN_POWER of all runs. INFINITY beyond 30 days. Negative errno
 * (as a double) when memory is short.
 */
double plan_trial_length(const struct plan_trial *trial);

/* The share of `runs` runs of this length with the wanted verdict, or a negative errno. */
double plan_trial_share(const struct plan_trial *trial, double seconds, int runs);

#endif
