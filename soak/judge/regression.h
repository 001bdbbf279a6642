/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Compares a run with another one, the baseline: has it become worse? Pure, like judge.h: inputs
 * and judgements of both in, verdicts out.
 *
 * Each regression estimates by how many per cent this run is worse, with an interval that covers
 * the noise of both. PASS: the whole interval is within the margin. FAIL: the whole interval is
 * beyond. INCONCLUSIVE: the margin lies inside the interval, or a run lacks the data; if a run
 * without the data was imported, NOT JUDGED. Sources and assumptions: docs/judging.md.
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
	double calls_enough;  /* calls per op: a rate up to this one is not a regression */
	double confidence;
};

struct regression_side {
	const struct judge_input *input;
	const struct judgement *judgement; /* of the run by itself: window, drift and crosscheck */
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

/* Returns 0 or -ENOMEM. */
int regression_judge(const struct regression_side *baseline, const struct regression_side *run,
	const struct regression_settings *settings, struct regression_judgement *ret_judgement);
void regression_release(struct regression_judgement *judgement);

#endif
