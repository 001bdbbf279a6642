/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pieces of a recording: see pieces.h. Called by judge.c, and by the rules on RSS. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "soak/judge/pieces.h"

#define GAP_SHARE_MAX 0.1
#define JUDGED_SHARE_MIN 0.5 /* of the recorded time, in pieces long enough */

static double end_of(const struct judge_input *input, const struct piece *piece)
{
	if (!piece->n)
		return piece->begin_s;
	return input->t_s[piece->first + piece->n - 1];
}

/* Does nobody know of the program between the two, for so long that it counts? */
static bool parted(const struct judge_input *input, const struct piece *before,
	const struct piece *after, const struct judge_break *at)
{
	double gap = after->begin_s - end_of(input, before);
	double beside =
		end_of(input, before) - before->begin_s + end_of(input, after) - after->begin_s;

	return at->restart || at->excluded || gap > GAP_SHARE_MAX * beside;
}

static struct piece piece_between(const struct judge_input *input, size_t first, size_t end)
{
	return (struct piece){.first = first, .n = end - first, .begin_s = input->t_s[first]};
}

static void cut(struct pieces *pieces)
{
	const struct judge_input *input = pieces->input;
	size_t first = 0;

	for (size_t b = 0; b <= input->nbreaks; b++) {
		bool last = b == input->nbreaks || input->breaks[b].sample >= input->n;
		size_t end = last ? input->n : input->breaks[b].sample;
		struct piece next;

		if (end <= first)
			continue;
		next = piece_between(input, first, end);
		if (pieces->n && !parted(input, &pieces->piece[pieces->n - 1], &next,
					 &input->breaks[b - 1])) {
			pieces->piece[pieces->n - 1].n += next.n;
		} else {
			pieces->piece[pieces->n++] = next;
		}
		if (last)
			break;
		pieces->restarts += input->breaks[b].restart;
		first = end;
	}
}

struct judge_input pieces_input(const struct pieces *pieces, size_t i)
{
	const struct piece *piece = &pieces->piece[i];
	struct judge_input input = *pieces->input;

	if (pieces->n <= 1)
		return input;
	input.n = piece->n;
	input.t_s = pieces->t_s + piece->first;
	for (int s = 0; s < SERIES_COUNT; s++)
		input.series[s] = input.series[s] ? input.series[s] + piece->first : NULL;
	return input;
}

static void find_windows(struct pieces *pieces)
{
	double longest_s = -1.0, judged_s = 0.0, all_s = 0.0;

	for (size_t i = 0; i < pieces->n; i++) {
		struct piece *piece = &pieces->piece[i];
		struct judge_input input = pieces_input(pieces, i);
		double length_s = end_of(pieces->input, piece) - piece->begin_s;

		piece->window = steady_window_find(&input,
			pieces->resident_bytes ? pieces->resident_bytes + piece->first : NULL);
		all_s += length_s;
		judged_s += piece->window.present ? length_s : 0.0;
		if (piece->window.present && length_s > longest_s) {
			longest_s = length_s;
			pieces->longest = i;
		}
	}
	pieces->judged_share = all_s > 0.0 ? judged_s / all_s : 1.0;
}

int pieces_find(const struct judge_input *input, const double *resident_bytes,
	const double *memory_bytes, struct pieces *ret_pieces)
{
	struct pieces *pieces = ret_pieces;

	*pieces = (struct pieces){
		.input = input, .resident_bytes = resident_bytes, .memory_bytes = memory_bytes};
	pieces->piece = calloc(input->nbreaks + 1, sizeof(*pieces->piece));
	pieces->t_s = calloc(input->n + 1, sizeof(*pieces->t_s));
	if (!pieces->piece || !pieces->t_s)
		return -ENOMEM;
	cut(pieces);
	if (!pieces->n) /* nothing was recorded */
		pieces->n = 1;
	for (size_t i = 0; i < pieces->n; i++)
		for (size_t s = 0; s < pieces->piece[i].n; s++)
			pieces->t_s[pieces->piece[i].first + s] =
				input->t_s[pieces->piece[i].first + s] - pieces->piece[i].begin_s;
	if (pieces->n == 1)
		pieces->piece[0].begin_s = 0.0;
	find_windows(pieces);
	return 0;
}

void pieces_release(struct pieces *pieces)
{
	free(pieces->piece);
	free(pieces->t_s);
	*pieces = (struct pieces){.n = 0};
}

void pieces_enter(const struct pieces *pieces, size_t i, const struct rule_context *like,
	struct piece_run *ret_run)
{
	const struct piece *piece = &pieces->piece[i];

	ret_run->input = pieces_input(pieces, i);
	ret_run->analyses = (struct rule_analyses){.cycles_known = false};
	ret_run->context = *like;
	ret_run->context.input = &ret_run->input;
	ret_run->context.analyses = &ret_run->analyses;
	ret_run->context.window = piece->window;
	ret_run->context.pieces = NULL;
	if (pieces->resident_bytes)
		ret_run->context.resident_bytes = pieces->resident_bytes + piece->first;
	if (pieces->memory_bytes)
		ret_run->context.memory_bytes = pieces->memory_bytes + piece->first;
}

void pieces_weigh(const struct pieces *pieces, struct rule_result *result)
{
	if (result->verdict != VERDICT_PASS || pieces->n < 2 ||
		pieces->judged_share >= JUDGED_SHARE_MIN)
		return;
	rule_conclude(result, VERDICT_INCONCLUSIVE,
		"pieces too short to be judged make up %.0f %% of the time",
		100.0 * (1.0 - pieces->judged_share));
	rule_advise(result, "sample more often, or find out why the recording is "
			    "interrupted so often");
}

struct pieces_restarts pieces_say_restarts(const struct pieces *pieces)
{
	struct pieces_restarts words = {""};

	if (pieces->restarts)
		snprintf(words.text, sizeof(words.text), ", %zu restart%s", pieces->restarts,
			pieces->restarts > 1 ? "s" : "");
	return words;
}
