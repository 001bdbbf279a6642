/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Looking at a run before it is over, as --stop-when-sure does.
 *
 * Who looks several times and stops at the first verdict errs more often than each verdict says.
 * The looks are therefore few, at times that double (the last one when the time is over, the first
 * no earlier than LOOKS_FIRST_S), and the error of 1 - confidence is shared out evenly among them
 * (Bonferroni): each look's intervals have the confidence 1 - (1 - confidence) / looks. All looks
 * together then err no more often than one judgement does, whatever the dependence between them.
 */
#ifndef SOAK_JUDGE_LOOKS_H
#define SOAK_JUDGE_LOOKS_H

#include "soak/judge/judge.h"

#define LOOKS_FIRST_S 30.0
#define LOOKS_MAX 10

/* How many looks a run of at most this length gets; at least 1. */
int looks_count(double longest_s);

/* When look 1..count is due, seconds since the start. */
double looks_time(double longest_s, int look);

double looks_confidence(double confidence, int count);

/*
 * May the run stop with this judgement? If a rule with an interval FAILs, or if all rules PASS and
 * did so at the look before, which saw half as much (`before` NULL: there was none): noise that
 * outlasts a short window makes it look quieter than it is, and twice as long a one seldom too.
 * rss_monotonic has no interval, its error cannot be shared out: its FAIL ends no run, but it keeps
 * one from ending with PASS. crosscheck compares counts at the end; it is not asked before.
 */
bool looks_decided(const struct judgement *before, const struct judgement *now);

#endif
