/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The steps after the rules, for a run by itself and against a baseline: losses take verdicts back,
 * and all verdicts are combined into one.
 */
#ifndef SOAK_JUDGE_WEIGH_H
#define SOAK_JUDGE_WEIGH_H

#include "soak/judge/rules.h"

struct weighed_run {
	const struct judge_input *input;
	const char *of;        /* " of the baseline"; "": the run itself */
	size_t first;          /* sample of the steady window */
	bool sources_disagree; /* two counts of its calls differ */
	/* the verdict that missing ops make doubtful: FAIL, for a baseline PASS */
	enum verdict doubtful;
};

/* Takes back a verdict that the run's losses, or programs that counted no ops, do not support. */
void weigh(
	const struct weighed_run *run, const struct rule_entry *entry, struct rule_result *result);

struct rules_sum {
	enum verdict verdict; /* FAIL if any does, else INCONCLUSIVE if any is, else PASS */
	size_t judged;        /* all but NOT JUDGED */
	struct text text;     /* "2 of 9 rules fail: rss_drift, target_exit"; empty of a PASS */
};

/* `noun` and `fail` are its words: "rules", "fail". The caller releases the text. */
struct rules_sum rules_sum(const struct rule_entry *table, const struct rule_result *results,
	int count, const char *noun, const char *fail);

#endif
