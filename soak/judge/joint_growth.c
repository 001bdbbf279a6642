/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One pace for several pieces: see joint_growth.h. Called by resident.c. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>

#include "soak/judge/joint_growth.h"
#include "soak/judge/pieces.h"
#include "soak/judge/tooth.h"

#define EXCLUDES 0.99
#define HALVINGS 60
#define LEVELS 5

/* Of these many half widths at the confidence asked for, where a piece's low ends are looked up. */
static const double level[LEVELS] = {0.01, 0.25, 0.5, 1.0, 2.0};
#define ASKED 3

/* What one piece says of the pace, bytes/s. */
struct saying {
	double slope, high, reach;
	double low[LEVELS];
	bool any_slower; /* it may be a tooth */
	double level_bytes, length_s;
};

struct sayings {
	size_t n;
	struct saying *piece;
	double quantile; /* of the normal distribution, at the confidence asked for */
};

/* How many half widths the pace is below what the piece allows; INFINITY: it has no noise. */
static double half_widths_below(const struct saying *piece, double slope)
{
	size_t i = 1;
	double width;

	if (slope >= piece->low[0] || piece->any_slower)
		return 0.0;
	while (i < LEVELS - 1 && slope < piece->low[i])
		i++;
	width = piece->low[i - 1] - piece->low[i];
	if (!(width > 0.0))
		return INFINITY;
	return level[i - 1] + (level[i] - level[i - 1]) * (piece->low[i - 1] - slope) / width;
}

static double width_above(const struct saying *piece)
{
	return fmax(piece->high - piece->slope, 1e-9);
}

/* Likelihood ratio of the pace, of all pieces that are faster; and of those that are slower. */
static double ratio_of_faster(const struct sayings *sayings, double slope)
{
	double sum = 0.0;

	for (size_t i = 0; i < sayings->n; i++)
		sum += pow(sayings->quantile * half_widths_below(&sayings->piece[i], slope), 2.0);
	return sum;
}

static double ratio_of_slower(const struct sayings *sayings, double slope)
{
	double sum = 0.0;

	for (size_t i = 0; i < sayings->n; i++)
		sum += pow(sayings->quantile * fmax(slope - sayings->piece[i].slope, 0.0) /
				   width_above(&sayings->piece[i]),
			2.0);
	return sum;
}

/* The lowest pace, from `high` down to `low`, that the pieces together do not reject. */
static double lowest(const struct sayings *sayings, double low, double high, double confidence)
{
	double allowed = gsl_cdf_chisq_Pinv(confidence, (double)sayings->n);

	if (ratio_of_faster(sayings, low) <= allowed)
		return low;
	for (int i = 0; i < HALVINGS; i++) {
		double middle = 0.5 * (low + high);

		*(ratio_of_faster(sayings, middle) <= allowed ? &high : &low) = middle;
	}
	return high;
}

static bool exclude_each_other(const struct sayings *sayings, double slope)
{
	double ratio = ratio_of_faster(sayings, slope) + ratio_of_slower(sayings, slope);

	return sayings->n > 1 && ratio > gsl_cdf_chisq_Pinv(EXCLUDES, (double)sayings->n - 1.0);
}

static void combine(
	const struct sayings *sayings, double confidence, struct resident_growth *growth)
{
	double weights = 0.0, reach = 0.0, length_s = 0.0;
	double slope = 0.0, low = INFINITY, high = -INFINITY, level_bytes = 0.0;

	for (size_t i = 0; i < sayings->n; i++) {
		const struct saying *piece = &sayings->piece[i];
		double weight = 1.0 / pow(width_above(piece), 2.0);

		weights += weight;
		slope += (piece->slope - slope) * weight / weights;
		reach += 1.0 / pow(fmax(piece->reach, 1e-9), 2.0);
		length_s += piece->length_s;
		level_bytes += (piece->level_bytes - level_bytes) * piece->length_s / length_s;
		low = fmin(
			low, piece->any_slower ? fmin(piece->low[ASKED], 0.0) : piece->low[ASKED]);
		high = fmax(high, piece->high);
	}
	growth->fit.slope = slope;
	growth->level_bytes = level_bytes;
	growth->reach = 1.0 / sqrt(reach);
	growth->low = low;
	growth->high = high;
	growth->lately = (struct slope_range){-INFINITY, INFINITY};
	if (exclude_each_other(sayings, slope))
		return;
	growth->low = lowest(sayings, fmin(low, 0.0), slope, confidence);
	growth->high = slope + 1.0 / sqrt(weights);
}

/* Its low ends, from that of hardly any confidence on. */
static void ask_lows(const struct rule_context *context, double quantile, struct saying *saying)
{
	struct rule_context at = *context;
	struct resident_growth growth;

	for (int i = 0; i < LEVELS; i++) {
		at.confidence = 1.0 - 2.0 * gsl_cdf_ugaussian_Q(level[i] * quantile);
		at.analyses->growth_known = false;
		resident_growth(&at, &growth);
		saying->low[i] = i ? fmin(growth.low, saying->low[i - 1]) : growth.low;
	}
}

/* Returns the readings of the piece. */
static size_t ask(const struct rule_context *context, size_t i, struct sayings *sayings,
	struct resident_growth *ret_growth)
{
	struct saying *saying = &sayings->piece[sayings->n];
	struct piece_run run;
	size_t readings;

	pieces_enter(context->pieces, i, context, &run);
	readings = resident_growth(&run.context, ret_growth);
	if (readings < RESIDENT_READINGS_MIN || !(ret_growth->level_bytes > 0.0))
		return 0;
	*saying = (struct saying){.slope = ret_growth->fit.slope,
		.high = ret_growth->high,
		.reach = ret_growth->reach,
		.level_bytes = ret_growth->level_bytes,
		.length_s = run.context.window.to_s - run.context.window.from_s};
	saying->any_slower = tooth_possible(&run.context, ret_growth, 0.0);
	ask_lows(&run.context, sayings->quantile, saying);
	sayings->n++;
	return readings;
}

size_t joint_growth(const struct rule_context *context, struct resident_growth *ret_growth)
{
	const struct pieces *pieces = context->pieces;
	struct sayings sayings = {.piece = calloc(pieces->n, sizeof(*sayings.piece)),
		.quantile = gsl_cdf_ugaussian_Pinv(0.5 + context->confidence / 2.0)};
	struct resident_growth growth;
	size_t most = 0;

	for (size_t i = 0; i < pieces->n && sayings.piece; i++) {
		size_t readings =
			pieces->piece[i].window.present ? ask(context, i, &sayings, &growth) : 0;

		if (readings && (!most || i == pieces->longest))
			*ret_growth = growth;
		most = readings > most ? readings : most;
	}
	if (most)
		combine(&sayings, context->confidence, ret_growth);
	free(sayings.piece);
	return most;
}
