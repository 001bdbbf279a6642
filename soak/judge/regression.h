/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A run against another, the baseline: has something become worse? Pure, as judge.h: inputs and
 * judgements of both in, verdicts out.
 *
 * Each regression estimates by how much this run is worse, in per cent, with an interval that holds
 * the noise of both. PASS: all of it is within the margin. FAIL: all of it is beyond.
 * INCONCLUSIVE: the margin lies inside. What either run lacks is INCONCLUSIVE, or NOT JUDGED if one
 * of them was imported. Sources and assumptions: docs/judging.md.
 */
#ifndef SOAK_JUDGE_REGRESSION_H
#define SOAK_JUDGE_REGRESSION_H

#include "soak/judge/judge.h"
#include "soak/words/text.h"

enum regression {
	REGRESSION_CALLS,
	REGRESSION_RSS_LEVEL,
	REGRESSION_RSS_GROWTH,
	REGRESSION_FAULTS,
	REGRESSION_THROUGHPUT,
	REGRESSION_COUNT
};

struct regression_settings {
	double margin_pct[REGRESSION_COUNT];
	bool skip[REGRESSION_COUNT];
	bool allocator_scope; /* calls of the allocator's own */
	double calls_enough;  /* calls per op: a rate within it is no regression */
	double confidence;
};

struct regression_side {
	const struct judge_input *input;
	const struct judgement *judgement; /* by all rules, for its window, drift and crosscheck */
};

struct regression_judgement {
	enum verdict verdict;
	struct text reason;
	struct rule_result rules[REGRESSION_COUNT];
};

const char *regression_name(enum regression regression); /* "calls_per_op" */
const char *regression_unit(enum regression regression); /* "%" */

void regression_settings_init(struct regression_settings *settings);

/* Parses RULE=PER CENT or RULE=off. Returns 0, or -EINVAL with one line in `error`. */
int regression_settings_set(
	struct regression_settings *settings, const char *assignment, struct text *error);

void regression_judge(const struct regression_side *baseline, const struct regression_side *run,
	const struct regression_settings *settings, struct regression_judgement *ret_judgement);
void regression_release(struct regression_judgement *judgement);

#endif
