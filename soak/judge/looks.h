/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Interim looks at a run before it is over, for --stop-when-sure.
 *
 * A test that looks several times and stops at the first verdict errs more often than each verdict
 * says. So the looks are few, at times that double (the last one when the time is over, the first
 * no earlier than LOOKS_FIRST_S), and the error of 1 - confidence is divided evenly among them
 * (Bonferroni): each look's intervals have the confidence 1 - (1 - confidence) / looks. All looks
 * together then err no more often than one judgement does, whatever the dependence between them.
 */
#ifndef SOAK_JUDGE_LOOKS_H
#define SOAK_JUDGE_LOOKS_H

#include "soak/judge/judge.h"

#define LOOKS_FIRST_S 30.0
#define LOOKS_MAX 10

/* Number of looks at a run of at most this length; at least 1. */
int looks_count(double longest_s);

/* When look 1..count is due, in seconds since the start. */
double looks_time(double longest_s, int look);

double looks_confidence(double confidence, int count);

/*
 * May the run stop with this judgement? Yes, if a rule with an interval FAILs, or if all rules PASS
 * and also passed at the look before, which saw half as much (`before` NULL: there was none). The
 * second look matters because slow noise can make a short window look quieter than it is, but
 * seldom a window twice as long too. rss_monotonic has no interval, so its error cannot be divided:
 * its FAIL does not end a run, but keeps the run from ending with PASS. crosscheck compares counts
 * at the end; it is not asked before.
 */
bool looks_decided(const struct judgement *before, const struct judgement *now);

#endif
