/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What figures per op are still worth if some programs of the target counted none of their ops. */
#ifndef SOAK_JUDGE_UNCOUNTED_H
#define SOAK_JUDGE_UNCOUNTED_H

#include "soak/judge/judge.h"
#include "soak/judge/steady.h"

/* Which calls of such programs are in a figure per op. */
enum uncounted_kind { UNCOUNTED_NONE, UNCOUNTED_BUDGET, UNCOUNTED_CHURN, UNCOUNTED_FAULTS };

/*
 * Missing ops can only make a figure per op too high. Takes the verdict back if any calls from
 * sample `first` on come from programs that counted none of their ops. For UNCOUNTED_FAULTS, calls
 * in the whole run matter: a program that mapped memory may fault in it at any later time. `of`: "
 * of the baseline", or "".
 */
void uncounted_weigh(const struct judge_input *input, enum uncounted_kind kind, size_t first,
	const char *of, struct rule_result *result);

#endif
