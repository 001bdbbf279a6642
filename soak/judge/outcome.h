/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What memory did in the steady window, in a word, and the figure that tells it best, with its
 * interval. OUTCOME_NONE: the run does not tell.
 */
#ifndef SOAK_JUDGE_OUTCOME_H
#define SOAK_JUDGE_OUTCOME_H

enum outcome_kind {
	OUTCOME_NONE,
	OUTCOME_FLAT,
	OUTCOME_LEAK,
	OUTCOME_ACCELERATING,
	OUTCOME_STAIRCASE,
	OUTCOME_PLATEAU,
	OUTCOME_SAWTOOTH,
	OUTCOME_RESTARTED,
	OUTCOME_MORNING,
	OUTCOME_COUNT
};

struct outcome {
	enum outcome_kind kind;
	double estimate, low, high; /* of its figure */
};

struct outcome_info {
	const char *word;   /* a key in JSON */
	const char *figure; /* likewise: what is told of it; NULL: nothing */
	const char *unit;
};

const struct outcome_info *outcome_info(enum outcome_kind kind);

#endif
