/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rss_monotonic: does RSS grow and grow, without ever giving back? See docs/judging.md. Called by
 * judge.c, through the table of rules.
 */
#include <math.h>

#include "soak/judge/pieces.h"
#include "soak/judge/resident.h"
#include "soak/judge/tooth.h"
#include "soak/stats/highwater.h"
#include "soak/stats/mann_kendall.h"

#define BLOCKS_MIN 8
#define SIGNIFICANCE 0.005
/* a new high must rise by this share of the mean growth per block: noise on a plateau is none */
#define RISE_SHARE 0.25
/* of what rss_drift allows: slower growth does not matter, be it ever so steady */
#define MATERIAL_RATE 0.2

struct marks {
	size_t blocks, highs; /* that set a new high, of all but the first of each piece */
	size_t pieces;
	double s, variance; /* Mann and Kendall's, corrected, added up over the pieces */
	double grown_bytes; /* of the lows, in all */
	double share_pct, p_rising;
};

/* Returns how many blocks had readings; BLOCKS_MIN of them add to the marks. */
static size_t measure(const struct rule_context *context, struct marks *marks)
{
	struct mann_kendall trend;
	double grown, mean_rise;
	struct bins lows;

	resident_lows(context, &lows);
	if (lows.n < BLOCKS_MIN || mann_kendall(lows.y, lows.n, &trend) != 0)
		return lows.n < BLOCKS_MIN ? lows.n : 0;
	grown = lows.y[lows.n - 1] - lows.y[0];
	mean_rise = grown / (double)(lows.n - 1);
	marks->blocks += lows.n;
	marks->pieces++;
	marks->highs += highwater(lows.y, lows.n, fmax(RISE_SHARE * mean_rise, 0.0)).marks;
	marks->grown_bytes += grown;
	marks->s += trend.s;
	marks->variance += trend.variance * trend.correction;
	return lows.n;
}

/* Of several pieces the trend within each, added up: R. M. Hirsch, J. R. Slack and R. A. Smith. */
static size_t measure_all(const struct rule_context *context, struct marks *ret_marks)
{
	const struct pieces *pieces = context->pieces;
	struct marks marks = {.pieces = 0};
	size_t readings = pieces ? 0 : measure(context, &marks);

	for (size_t i = 0; pieces && i < pieces->n; i++) {
		struct piece_run run;

		if (!pieces->piece[i].window.present)
			continue;
		pieces_enter(pieces, i, context, &run);
		readings += measure(&run.context, &marks);
	}
	if (!marks.pieces)
		return readings < BLOCKS_MIN ? readings : 0;
	marks.share_pct = 100.0 * (double)marks.highs / (double)(marks.blocks - marks.pieces);
	marks.p_rising = mann_kendall_rising(marks.s, marks.variance);
	*ret_marks = marks;
	return readings;
}

static void conclude(const struct rule_context *context, const struct marks *marks,
	const struct resident_growth *growth, double drift_allowed, struct rule_result *result)
{
	double per_hour = 3600.0 * 100.0 / growth->level_bytes;
	double length_s = context->window.to_s - context->window.from_s;
	bool rises = marks->p_rising < SIGNIFICANCE && marks->share_pct > result->target;
	bool goes_on = growth->low * per_hour > MATERIAL_RATE * drift_allowed &&
		       growth->low * length_s > growth->material_bytes;
	bool bounded = growth->high * per_hour <= drift_allowed;

	result->estimate = marks->share_pct;
	if (rises && goes_on)
		rule_conclude(result, VERDICT_FAIL,
			"the lows of RSS grew by %s, with new highs in %.0f %% of "
			"%zu blocks (p = %.1g), and keep growing by at least %.3g "
			"%%/h",
			say_bytes(marks->grown_bytes).text, marks->share_pct, marks->blocks,
			marks->p_rising, growth->low * per_hour);
	else
		rule_conclude(result, bounded ? VERDICT_PASS : VERDICT_INCONCLUSIVE,
			"the lows of RSS moved by %s%s, with new highs in %.0f %% of "
			"%zu blocks (p = %.1g); lasting growth %s %.3g %%/h, where %s allows %.3g",
			say_bytes(marks->grown_bytes).text, resident_event(context, growth).text,
			marks->share_pct, marks->blocks, marks->p_rising,
			bounded ? "is at most" : "may reach", growth->high * per_hour,
			judge_rule_info(RULE_RSS_DRIFT)->name, drift_allowed);
	tooth_weigh(context, growth, MATERIAL_RATE * drift_allowed / per_hour,
		drift_allowed / per_hour, result);
}

void rule_rss_monotonic(const struct rule_context *context, struct judgement *judgement)
{
	struct rule_result *result = &judgement->rules[RULE_RSS_MONOTONIC];
	const struct rule_result *drift = &judgement->rules[RULE_RSS_DRIFT];
	struct resident_growth growth;
	struct marks marks;
	double drift_allowed;
	size_t readings;

	readings = measure_all(context, &marks);
	if (readings < BLOCKS_MIN || resident_growth(context, &growth) < RESIDENT_READINGS_MIN) {
		resident_too_few(context, result, readings);
		return;
	}
	if (!(growth.level_bytes > 0.0)) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"the fitted RSS at the window's start is %s, so growth has "
			"no level to be a share of",
			say_bytes(growth.level_bytes).text);
		rule_advise(result, "leave out more of the start: --warmup 30s");
		return;
	}
	drift_allowed = drift->target * growth_unit_slope(&drift->unit, growth.level_bytes);
	conclude(context, &marks, &growth, drift_allowed * 360000.0 / growth.level_bytes, result);
}
