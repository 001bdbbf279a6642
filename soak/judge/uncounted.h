/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs of the target whose ops nobody counted: what a figure per op is still good for. */
#ifndef SOAK_JUDGE_UNCOUNTED_H
#define SOAK_JUDGE_UNCOUNTED_H

#include "soak/judge/judge.h"
#include "soak/judge/steady.h"

/* Which of their calls are in a figure per op. */
enum uncounted_kind { UNCOUNTED_NONE, UNCOUNTED_BUDGET, UNCOUNTED_CHURN, UNCOUNTED_FAULTS };

/*
 * How many of the calls from sample `first` on are theirs; of UNCOUNTED_FAULTS, how many they made
 * in the whole run: who has mapped memory may fault in it at any later time.
 */
double uncounted_calls(const struct judge_input *input, enum uncounted_kind kind, size_t first);

/*
 * The ops that are missing can only lower a figure per op. So a PASS stands; a FAIL is taken back
 * if any of the calls in it are theirs.
 */
void uncounted_weigh(const struct judge_input *input, enum uncounted_kind kind, size_t first,
	struct rule_result *result);

#endif
