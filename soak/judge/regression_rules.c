/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The five regressions: calls, RSS, its growth, faults, throughput. See docs/judging.md. Called by
 * regression.c, through its table.
 */
#include <math.h>
#include <stdlib.h>

#include "soak/judge/regression_rules.h"
#include "soak/judge/regression_view.h"
#include "soak/judge/rule.h"
#include "soak/judge/wording.h"
#include "soak/stats/bins.h"
#include "soak/stats/count_ratio.h"
#include "soak/stats/interval.h"
#include "soak/stats/mean_ratio.h"
#include "soak/stats/poisson.h"

#define BLOCKS 20
#define BLOCKS_MOST (4 * BLOCKS) /* of many pieces, each with one */
#define SERIES_BINS 100
#define MATERIAL_PAGES 8.0
#define DURATION_MAX_S (30.0 * 86400.0)
#define TINY_PER_OP 1e-8
#define TINY_PER_SECOND 1.0

/* Of the shorter side. What may have a trend is compared over equal stretches. */
static double common_s(const struct regression_view *sides)
{
	return fmin(sides[0].seconds, sides[1].seconds);
}

/* Before the steady window, or that of the longest piece. */
static double warmup_s(const struct regression_view *side)
{
	return side->pieces.piece[side->pieces.longest].window.from_s;
}

/* ---- rates of events: system calls, page faults ---- */

/* Events of one window, by ops or by seconds: in all, and in blocks, as they come in bursts. */
struct events {
	double count, exposure;
	double rate[BLOCKS_MOST];
	size_t blocks;
};

/* False, with the result concluded, if ops or events did not advance. */
static bool count_events(const struct regression_view *side, const double *counter, bool by_ops,
	struct events *ret_events, struct rule_result *result)
{
	const struct judge_input *input = side->input;
	const double *exposure = by_ops ? input->series[SERIES_OPS] : input->t_s;
	struct bins events, per;

	regression_view_bins(side, bins_rate, counter, side->seconds, BLOCKS, &events);
	regression_view_bins(side, bins_rate, exposure, side->seconds, BLOCKS, &per);
	*ret_events = (struct events){.count = regression_view_gain(side, counter, exposure),
		.exposure = regression_view_gain(side, exposure, counter)};
	for (size_t i = 0; i < events.n && ret_events->blocks < BLOCKS_MOST; i++)
		if (!isnan(events.y[i]) && per.y[i] > 0)
			ret_events->rate[ret_events->blocks++] = events.y[i] / per.y[i];
	if (ret_events->exposure > 0 && ret_events->count >= 0)
		return true;
	rule_conclude(result, VERDICT_INCONCLUSIVE, "ops or counts did not advance");
	rule_advise(result, "see whether ops are counted: soak run --ops preload");
	return false;
}

/*
 * The interval of run over baseline, in per cent more: exact for Poisson counts, wider where the
 * blocks say so. A baseline below `floor` counts as that: what is so rare does not matter.
 */
static void compare_events(
	const struct events events[2], double floor, double confidence, struct rule_result *result)
{
	double rate[2], low, high, constant[BLOCKS];
	bool rare = events[0].count < floor * events[0].exposure;
	struct mean_group group[2];
	struct mean_ratio bursts;

	for (int s = 0; s < 2; s++) {
		rate[s] = events[s].count / events[s].exposure;
		group[s] = (struct mean_group){events[s].rate, events[s].blocks,
			sqrt(events[s].count) / events[s].exposure};
	}
	for (size_t i = 0; i < BLOCKS; i++)
		constant[i] = floor;
	if (rare) {
		poisson_interval(events[1].count, confidence, &low, &high);
		low /= floor * events[1].exposure;
		high /= floor * events[1].exposure;
		group[0] = (struct mean_group){constant, BLOCKS, 0};
	} else {
		count_ratio_interval(events[0].count, events[0].exposure, events[1].count,
			events[1].exposure, confidence, &low, &high);
	}
	if (mean_ratio(group, confidence, &bursts) == 0) {
		low = fmin(low, bursts.low);
		high = fmax(high, bursts.high);
	}
	result->estimate = 100.0 * (rate[1] / fmax(rate[0], floor) - 1.0);
	result->low = 100.0 * (low - 1.0);
	result->high = 100.0 * (high - 1.0);
}

/* PASS, FAIL or INCONCLUSIVE by the interval in place, with the advice that the last one needs. */
static enum verdict decide(const struct regression_view *sides, struct rule_result *result)
{
	enum verdict verdict = rule_decide(result);
	double half_width = fmax(result->high - result->estimate, result->estimate - result->low);
	double gap = fmax(fabs(result->target - result->estimate), 0.2 * result->target);
	double longer = half_width * half_width / (gap * gap);
	double total_s = warmup_s(&sides[1]) + common_s(sides) * fmax(longer, 1.1);

	if (verdict == VERDICT_INCONCLUSIVE && total_s <= DURATION_MAX_S)
		rule_advise(result, "record both runs for at least %s: --duration %s",
			say_duration(total_s).text, say_duration_option(total_s, NULL).text);
	else if (verdict == VERDICT_INCONCLUSIVE)
		rule_advise(result, "make both runs quieter or longer, or allow more: --margin");
	return verdict;
}

/* ---- calls per op ---- */

/* The series of calls that the settings' scope counts; NULL: not measured. */
static const double *calls_of(
	const struct judge_input *input, const struct regression_settings *settings)
{
	return settings->allocator_scope ? input->series[SERIES_ALLOCATOR_CALLS]
					 : input->series[SERIES_BUDGET_CALLS];
}

void regression_calls(const struct regression_view *sides,
	const struct regression_settings *settings, struct rule_result *result)
{
	struct events events[2];

	for (int s = 0; s < 2; s++)
		if (!count_events(&sides[s], calls_of(sides[s].input, settings), true, &events[s],
			    result))
			return;
	compare_events(events, settings->calls_enough, settings->confidence, result);
	rule_conclude(result, decide(sides, result),
		"%s calls in %s ops, where the baseline has %s in %s: %.3g per op against %.3g; "
		"less than %.3g counts as that",
		say_count(events[1].count).text, say_count(events[1].exposure).text,
		say_count(events[0].count).text, say_count(events[0].exposure).text,
		events[1].count / events[1].exposure, events[0].count / events[0].exposure,
		settings->calls_enough);
}

/* ---- RSS ---- */

void regression_rss_level(const struct regression_view *sides,
	const struct regression_settings *settings, struct rule_result *result)
{
	struct bins bins[2];
	struct mean_group group[2];
	struct mean_ratio ratio;
	enum verdict verdict;

	for (int s = 0; s < 2; s++) {
		regression_view_bins(&sides[s], bins_mean, sides[s].resident_bytes, common_s(sides),
			SERIES_BINS, &bins[s]);
		bins_drop_empty(&bins[s]);
		group[s] = (struct mean_group){bins[s].y, bins[s].n, sides[s].input->page_bytes};
	}
	if (mean_ratio(group, settings->confidence, &ratio)) {
		rule_too_few(result, "RSS", bins[0].n < bins[1].n ? bins[0].n : bins[1].n);
		return;
	}
	result->estimate = 100.0 * (ratio.ratio - 1.0);
	result->low = 100.0 * (ratio.low - 1.0);
	result->high = 100.0 * (ratio.high - 1.0);
	verdict = decide(sides, result);
	if (verdict == VERDICT_FAIL &&
		ratio.mean[1] - ratio.mean[0] <= MATERIAL_PAGES * sides[1].input->page_bytes)
		verdict = VERDICT_PASS;
	rule_conclude(result, verdict, "RSS is %s on average, where the baseline has %s: %s more",
		say_bytes(ratio.mean[1]).text, say_bytes(ratio.mean[0]).text,
		say_percent(result->estimate).text);
}

/* Growth over `seconds`, in per cent of the level that it starts from. */
static struct interval growth_of(const struct judgement *j, double seconds)
{
	double scale = 100.0 * seconds / j->drift_intercept_bytes;

	return (struct interval){j->drift_slope_bytes_per_s * scale, j->drift_slope_low * scale,
		j->drift_slope_high * scale};
}

void regression_rss_growth(const struct regression_view *sides,
	const struct regression_settings *settings, struct rule_result *result)
{
	double seconds = common_s(sides);
	struct interval growth[2], more;
	enum verdict verdict;

	(void)settings; /* the confidence is that of the drifts */
	for (int s = 0; s < 2; s++) {
		growth[s] = growth_of(sides[s].judgement, seconds);
		if (!isfinite(growth[s].estimate)) {
			rule_conclude(result, VERDICT_INCONCLUSIVE,
				"the RSS of %s has no drift: %s", s ? "this run" : "the baseline",
				text_of(&sides[s].judgement->rules[RULE_RSS_DRIFT].reason));
			rule_advise(result, "record both runs for longer");
			return;
		}
	}
	more = interval_difference(growth[0], growth[1]);
	result->estimate = more.estimate;
	result->low = more.low;
	result->high = more.high;
	verdict = decide(sides, result);
	if (verdict == VERDICT_FAIL &&
		more.estimate / 100.0 * sides[1].judgement->drift_intercept_bytes <=
			MATERIAL_PAGES * sides[1].input->page_bytes)
		verdict = VERDICT_PASS;
	rule_conclude(result, verdict,
		"in %s RSS grows by %s of itself, where that of the baseline grows by %s",
		say_duration(seconds).text, say_percent(growth[1].estimate).text,
		say_percent(growth[0].estimate).text);
}

/* ---- page faults ---- */

void regression_faults(const struct regression_view *sides,
	const struct regression_settings *settings, struct rule_result *result)
{
	bool by_ops = sides[0].input->series[SERIES_OPS] && sides[1].input->series[SERIES_OPS];
	const char *unit = by_ops ? "op" : "second";
	struct events events[2];
	double per_second, per_unit[2], floor;

	for (int s = 0; s < 2; s++) {
		if (!count_events(&sides[s], sides[s].input->series[SERIES_FAULTS], by_ops,
			    &events[s], result))
			return;
		per_unit[s] = events[s].count / events[s].exposure;
	}
	/* What does not matter is the larger of both in the unit of the comparison. */
	per_second = events[1].count / sides[1].seconds;
	floor = by_ops ? fmax(TINY_PER_OP, TINY_PER_SECOND * sides[1].seconds / events[1].exposure)
		       : TINY_PER_SECOND;
	compare_events(events, floor, settings->confidence, result);
	rule_conclude(result, per_unit[1] < floor ? VERDICT_PASS : decide(sides, result),
		"%.3g page faults per %s (%s), where the baseline has %.3g%s", per_unit[1], unit,
		say_rate(per_second).text, per_unit[0],
		per_unit[1] < floor ? ": too few to matter" : "");
}

/* ---- throughput ---- */

void regression_throughput(const struct regression_view *sides,
	const struct regression_settings *settings, struct rule_result *result)
{
	struct bins bins[2];
	struct mean_group group[2];
	struct mean_ratio ratio;
	double count = fmin(fmax(floor(common_s(sides)), BLOCKS), SERIES_BINS);

	for (int s = 0; s < 2; s++) {
		regression_view_bins(&sides[s], bins_rate, sides[s].input->series[SERIES_OPS],
			common_s(sides), (size_t)count, &bins[s]);
		bins_drop_empty(&bins[s]);
		group[s] = (struct mean_group){bins[s].y, bins[s].n, 0};
	}
	if (mean_ratio(group, settings->confidence, &ratio)) {
		rule_conclude(result, VERDICT_INCONCLUSIVE, "ops did not advance in both runs");
		rule_advise(result, "see whether ops are counted: soak run --ops preload");
		return;
	}
	result->estimate = 100.0 * (1.0 - ratio.ratio);
	result->low = 100.0 * (1.0 - ratio.high);
	result->high = 100.0 * (1.0 - ratio.low);
	rule_conclude(result, decide(sides, result),
		"ops run at %s, where the baseline has %s: a fall of %s",
		say_rate(ratio.mean[1]).text, say_rate(ratio.mean[0]).text,
		say_percent(result->estimate).text);
}
