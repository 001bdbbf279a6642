/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The windows of all pieces, end to end: see regression_view.h. Called by the regressions. */
#include <math.h>
#include <stdlib.h>

#include "soak/judge/regression_view.h"
#include "soak/judge/rss_series.h"

static double length_s(const struct piece *piece)
{
	return piece->window.present ? piece->window.to_s - piece->window.from_s : 0.0;
}

int regression_view_open(const struct judge_input *input, const struct judgement *judgement,
	struct regression_view *ret_view)
{
	struct regression_view *view = ret_view;
	int code;

	*view = (struct regression_view){.input = input, .judgement = judgement};
	code = resident_series(input, SERIES_RSS, &view->resident_bytes);
	if (!code)
		code = pieces_find(input, view->resident_bytes, NULL, &view->pieces);
	for (size_t i = 0; !code && i < view->pieces.n; i++)
		view->seconds += length_s(&view->pieces.piece[i]);
	return code;
}

void regression_view_release(struct regression_view *view)
{
	free(view->resident_bytes);
	pieces_release(&view->pieces);
}

static double gain_of(const struct regression_view *view, size_t i, const double *counter)
{
	const struct piece *piece = &view->pieces.piece[i];
	struct judge_input input = pieces_input(&view->pieces, i);
	struct series_gain gain = series_gain(input.t_s, counter + piece->first, input.n,
		piece->window.from_s, piece->window.to_s);

	return piece->window.present ? gain.gain : NAN;
}

double regression_view_gain(
	const struct regression_view *view, const double *counter, const double *other)
{
	double sum = NAN;

	for (size_t i = 0; i < view->pieces.n; i++) {
		double gain = gain_of(view, i, counter);

		if (!isnan(gain) && !isnan(gain_of(view, i, other)))
			sum = isnan(sum) ? gain : sum + gain;
	}
	return sum;
}

static void append(struct bins *bins, const struct bins *more)
{
	for (size_t i = 0; i < more->n && bins->n < BINS_MAX; i++, bins->n++) {
		bins->t[bins->n] = more->t[i];
		bins->y[bins->n] = more->y[i];
	}
}

void regression_view_bins(const struct regression_view *view, bins_fn *make, const double *values,
	double most_s, size_t count, struct bins *ret_bins)
{
	double left_s = fmin(most_s, view->seconds), width_s = left_s / (double)count;
	struct bins bins;

	*ret_bins = (struct bins){.width_s = width_s};
	for (size_t i = 0; i < view->pieces.n && left_s > 0.0; i++) {
		const struct piece *piece = &view->pieces.piece[i];
		struct judge_input input = pieces_input(&view->pieces, i);
		double stretch_s = fmin(length_s(piece), left_s);

		if (!(stretch_s > 0.0))
			continue;
		make(input.t_s, values + piece->first, input.n, piece->window.from_s,
			piece->window.from_s + stretch_s,
			(size_t)fmax(round(stretch_s / width_s), 1.0), &bins);
		append(ret_bins, &bins);
		left_s -= stretch_s;
	}
}
