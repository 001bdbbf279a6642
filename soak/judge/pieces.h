/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pieces of a recording: the program was started again, or nobody looked for long. Each is a
 * run of its own, with a steady window and times from its own start; nothing slopes across.
 *
 * A gap of up to a tenth of the time recorded beside it does not part what it lies between: there a
 * line is hardly longer than its readings, and two short pieces say far less than a long one.
 */
#ifndef SOAK_JUDGE_PIECES_H
#define SOAK_JUDGE_PIECES_H

#include "soak/judge/analyses.h"

struct piece {
	size_t first, n; /* samples of the input */
	double begin_s;
	struct steady_window window; /* from begin_s on */
};

struct pieces {
	const struct judge_input *input; /* the whole one */
	const double *resident_bytes;
	size_t n, longest, restarts; /* the longest that has a window, if any has */
	double judged_share;         /* of the recorded time: in pieces that have a window */
	struct piece *piece;
	double *t_s; /* since the start of the sample's piece */
};

/* One piece as a run of its own: what a rule gets. */
struct piece_run {
	struct judge_input input;
	struct rule_analyses analyses;
	struct rule_context context;
};

/* Returns 0 or -ENOMEM. `pieces` keeps both pointers, and is to be released in any case. */
int pieces_find(
	const struct judge_input *input, const double *resident_bytes, struct pieces *ret_pieces);
void pieces_release(struct pieces *pieces);

/* `like`: the context whose settings it takes. */
void pieces_enter(const struct pieces *pieces, size_t i, const struct rule_context *like,
	struct piece_run *ret_run);

#endif
