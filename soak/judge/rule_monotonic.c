/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rss_monotonic: does RSS grow and grow, without ever giving back? See docs/judging.md. */
#include <math.h>

#include "soak/judge/rule.h"
#include "soak/judge/wording.h"
#include "soak/stats/bins.h"
#include "soak/stats/highwater.h"
#include "soak/stats/linefit.h"
#include "soak/stats/mann_kendall.h"

#define BLOCKS_MIN 8
#define BLOCKS_MAX 20
#define TEETH_MIN 3
#define SIGNIFICANCE 0.01
#define MATERIAL_PAGES 8.0
#define MATERIAL_SHARE 1e-3
/* steady growth gives the last third of the blocks a third; less than a third of that has stopped
 */
#define LATE_SHARE (1.0 / 9.0)
/* a new high must rise by this share of the mean growth per block: noise on a plateau is none */
#define RISE_SHARE 0.25

struct growth {
	size_t blocks;
	struct mann_kendall trend;
	struct highwater marks;
	/* of the block lows: at the start, growth in all, growth in the last third */
	double first_bytes, grown_bytes, late_bytes;
	double last_mark_s;
	double share_pct; /* blocks that set a new high */
};

/*
 * How many blocks: one per tooth where RSS is a sawtooth, so that each block has its low. A tooth
 * is a fall by half of the range about the fitted line; noise has many, a line none.
 */
static size_t choose_blocks(const struct rule_context *context)
{
	const struct steady_window *window = &context->window;
	double low = INFINITY, high = -INFINITY;
	struct linefit fit;
	struct bins bins;
	size_t teeth;

	bins_mean(window_series(context, context->input->t_s),
		window_series(context, context->resident_bytes), window->samples, window->from_s,
		window->to_s, window_bins(context, 0.1), &bins);
	bins_drop_empty(&bins);
	if (linefit(bins.t, bins.y, bins.n, context->confidence, &fit) != 0)
		return BLOCKS_MAX;
	for (size_t i = 0; i < bins.n; i++) {
		bins.y[i] -= linefit_at(&fit, bins.t[i]);
		low = fmin(low, bins.y[i]);
		high = fmax(high, bins.y[i]);
	}
	teeth = fall_count(bins.y, bins.n, 0.5 * (high - low));
	if (teeth < TEETH_MIN || teeth > BLOCKS_MAX)
		return BLOCKS_MAX;
	return teeth < BLOCKS_MIN ? BLOCKS_MIN : teeth;
}

static bool growth_measure(const struct rule_context *context, struct growth *ret_growth)
{
	const struct steady_window *window = &context->window;
	struct growth *growth = ret_growth;
	struct bins lows;
	double mean_rise;

	bins_low(window_series(context, context->input->t_s),
		window_series(context, context->resident_bytes), window->samples, window->from_s,
		window->to_s, choose_blocks(context), &lows);
	bins_drop_empty(&lows);
	growth->blocks = lows.n;
	if (lows.n < BLOCKS_MIN || mann_kendall(lows.y, lows.n, &growth->trend) != 0)
		return false;
	growth->first_bytes = lows.y[0];
	growth->grown_bytes = lows.y[lows.n - 1] - lows.y[0];
	mean_rise = growth->grown_bytes / (double)(lows.n - 1);
	growth->marks = highwater(lows.y, lows.n, fmax(RISE_SHARE * mean_rise, 0.0));
	growth->last_mark_s = lows.t[growth->marks.last];
	growth->share_pct = 100.0 * (double)growth->marks.marks / (double)(lows.n - 1);
	growth->late_bytes = lows.y[lows.n - 1] - lows.y[lows.n - 1 - lows.n / 3];
	return true;
}

/* Chance that growth which set marks at its pace until the last one has gone on since, unseen. */
static double chance_of_pause(const struct growth *growth)
{
	double pace = ((double)growth->marks.marks + 0.5) / ((double)growth->marks.last + 1.0);

	return pow(1.0 - fmin(pace, 1.0), (double)(growth->blocks - 1 - growth->marks.last));
}

static void conclude_growing(
	const struct rule_context *context, const struct growth *growth, struct rule_result *result)
{
	double grew_s = growth->last_mark_s - context->window.from_s;

	if (growth->late_bytes <= LATE_SHARE * growth->grown_bytes) {
		rule_conclude(result, VERDICT_PASS,
			"RSS's floor grew by %s but only by %s in the last third: "
			"it has stopped growing",
			say_bytes(growth->grown_bytes).text, say_bytes(growth->late_bytes).text);
	} else if (growth->share_pct <= result->target) {
		rule_conclude(result, VERDICT_PASS,
			"RSS's floor grew by %s but set new highs in only %.0f %% of %zu blocks, "
			"where %.0f %% are allowed",
			say_bytes(growth->grown_bytes).text, growth->share_pct, growth->blocks,
			result->target);
	} else if (chance_of_pause(growth) < SIGNIFICANCE) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"RSS's floor grew by %s, then stopped for the last %s: "
			"too short to tell an end from a pause",
			say_bytes(growth->grown_bytes).text,
			say_duration(context->window.to_s - growth->last_mark_s).text);
		rule_advise_duration(result, context->window.from_s + 2.0 * grew_s);
	} else {
		rule_conclude(result, VERDICT_FAIL,
			"RSS's floor grew by %s, %s of it in the last third, "
			"with new highs in %.0f %% of %zu blocks (p = %.1g)",
			say_bytes(growth->grown_bytes).text, say_bytes(growth->late_bytes).text,
			growth->share_pct, growth->blocks, growth->trend.p_rising);
	}
}

static void growth_conclude(
	const struct rule_context *context, const struct growth *growth, struct rule_result *result)
{
	double material = fmax(
		MATERIAL_PAGES * context->input->page_bytes, MATERIAL_SHARE * growth->first_bytes);

	result->estimate = growth->share_pct;
	if (growth->trend.p_rising < SIGNIFICANCE && growth->grown_bytes > material) {
		conclude_growing(context, growth, result);
		return;
	}
	rule_conclude(result, VERDICT_PASS,
		"RSS's floor moved by %s without a rising trend that matters (p = %.2g), "
		"with new highs in %.0f %% of %zu blocks",
		say_bytes(growth->grown_bytes).text, growth->trend.p_rising, growth->share_pct,
		growth->blocks);
}

void rule_rss_monotonic(const struct rule_context *context, struct judgement *judgement)
{
	struct rule_result *result = &judgement->rules[RULE_RSS_MONOTONIC];
	struct growth growth;

	if (rule_lacks_series(result, context->resident_bytes, "RSS", NULL) ||
		rule_lacks_window(context, result))
		return;
	if (!growth_measure(context, &growth)) {
		rule_too_few(result, "RSS", growth.blocks);
		return;
	}
	growth_conclude(context, &growth, result);
}
