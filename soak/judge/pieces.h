/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pieces of a recording, which begin at restarts of the program and at gaps. Each piece is
 * judged like a run, with its own steady window and times from its own start; no line is fitted
 * across pieces.
 *
 * A gap of up to a tenth of the time recorded beside it does not begin a new piece: a line across
 * it is hardly longer than its readings, and two short pieces say far less than one long piece. An
 * excluded window always does: what happened in it may have changed the level.
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
	const struct judge_input *input; /* of the whole recording */
	const double *resident_bytes;
	const double *memory_bytes;  /* of SERIES_MEMORY; NULL: not measured */
	size_t n, longest, restarts; /* longest: of those with a window, if any has one */
	double judged_share;         /* part of the recorded time that is in pieces with a window */
	struct piece *piece;
	double *t_s; /* since the start of the sample's piece */
};

/* One piece as a run of its own, for a rule. */
struct piece_run {
	struct judge_input input;
	struct rule_analyses analyses;
	struct rule_context context;
};

/* Returns 0 or -ENOMEM. `pieces` keeps the pointers; release it in any case. */
int pieces_find(const struct judge_input *input, const double *resident_bytes,
	const double *memory_bytes, struct pieces *ret_pieces);
void pieces_release(struct pieces *pieces);

/* One of them; its samples begin at piece->first of the whole, its times as its window's. */
struct judge_input pieces_input(const struct pieces *pieces, size_t i);

/* Too much of the time is in pieces too short to be judged: a PASS on memory is then taken back. */
void pieces_weigh(const struct pieces *pieces, struct rule_result *result);

/* ", 2 restarts", or nothing. */
struct pieces_restarts {
	char text[48];
};
struct pieces_restarts pieces_say_restarts(const struct pieces *pieces);

/* `like`: the context from which the settings are taken. */
void pieces_enter(const struct pieces *pieces, size_t i, const struct rule_context *like,
	struct piece_run *ret_run);

#endif
