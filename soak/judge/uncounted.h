/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs of the target whose ops nobody counted: what a figure per op is still good for. */
#ifndef SOAK_JUDGE_UNCOUNTED_H
#define SOAK_JUDGE_UNCOUNTED_H

#include "soak/judge/judge.h"
#include "soak/judge/steady.h"

/* Which of their calls are in a figure per op. */
enum uncounted_kind { UNCOUNTED_NONE, UNCOUNTED_BUDGET, UNCOUNTED_CHURN, UNCOUNTED_FAULTS };

/*
 * The ops that are missing can only make a figure per op too high. Takes the verdict back if any of
 * the calls from sample `first` on are of programs that counted none; of UNCOUNTED_FAULTS, any of
 * the whole run: who has mapped memory may fault in it at any later time. `of`: " of the baseline".
 */
void uncounted_weigh(const struct judge_input *input, enum uncounted_kind kind, size_t first,
	const char *of, struct rule_result *result);

#endif
