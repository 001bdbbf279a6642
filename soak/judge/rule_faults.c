/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fault_growth: are page faults more frequent at the window's end? See docs/judging.md. Called by
 * judge.c, through the table of rules.
 */
#include <math.h>

#include "soak/judge/rule.h"
#include "soak/judge/wording.h"
#include "soak/stats/bins.h"
#include "soak/stats/rate_ratio.h"

#define BLOCKS_PER_THIRD_MIN 3
#define BLOCKS_PER_THIRD_MAX 10
#define TINY_PER_OP 1e-8
#define TINY_PER_SECOND 1.0

/* of the window: where what comes at its end may have begun, beside the last third */
static const double late_begins[] = {0.8, 0.9};
#define LATE_LOOKS (sizeof(late_begins) / sizeof(*late_begins))

struct blocks {
	struct bins faults, exposure;
};

struct fault_rates {
	struct rate_ratio per_exposure; /* per op, or per second when there are no ops */
	double from;                    /* of the window: what is compared with its start */
	double last_per_second;
	bool by_ops;
	bool one_burst; /* makes the difference alone */
};

/* Increase of a counter per block; a NULL counter counts seconds. */
static void count_blocks(const struct rule_context *context, const double *counter, size_t blocks,
	struct bins *ret_bins)
{
	const struct steady_window *window = &context->window;

	bins_rate(window_series(context, context->input->t_s),
		window_series(context, counter ? counter : context->input->t_s), window->samples,
		window->from_s, window->to_s, blocks, ret_bins);
	for (size_t i = 0; i < ret_bins->n; i++)
		ret_bins->y[i] *= ret_bins->width_s;
}

/* Of the blocks from `from` on, the faults per second. */
static double per_second(const struct bins *faults, size_t from)
{
	double count = 0.0, seconds = 0.0;

	for (size_t i = from; i < faults->n; i++) {
		if (isnan(faults->y[i]))
			continue;
		count += faults->y[i];
		seconds += faults->width_s;
	}
	return seconds > 0.0 ? count / seconds : NAN;
}

/* The first `first` blocks, and those from `last` on. */
static bool compare(const struct blocks *blocks, size_t first, size_t last, double confidence,
	struct rate_ratio *ret_ratio)
{
	size_t n = blocks->faults.n;
	struct rate_group group[2] = {{blocks->faults.y, blocks->exposure.y, first},
		{blocks->faults.y + last, blocks->exposure.y + last, n - last}};

	return rate_ratio(group, confidence, ret_ratio) == 0;
}

/* Is it more than one block, in which a burst fell, that makes the difference? */
static bool holds_without_largest(
	const struct blocks *blocks, size_t first, size_t last, double confidence, double least)
{
	struct blocks without = *blocks;
	struct rate_ratio ratio;
	size_t largest = last;

	for (size_t i = last; i < blocks->faults.n; i++)
		if (blocks->faults.y[i] / blocks->exposure.y[i] >
			blocks->faults.y[largest] / blocks->exposure.y[largest])
			largest = i;
	without.faults.y[largest] = NAN;
	return compare(&without, first, last, confidence, &ratio) && ratio.low > least;
}

/* Faults that come more often towards the end only, which a third's mean and scatter hide. */
static void look_late(const struct rule_context *context, const struct blocks *blocks, double least,
	struct fault_rates *rates)
{
	double confidence = 1.0 - (1.0 - context->confidence) / LATE_LOOKS;
	size_t n = blocks->faults.n;

	for (size_t i = 0; i < LATE_LOOKS && rates->per_exposure.low <= least; i++) {
		size_t last = (size_t)(late_begins[i] * (double)n);
		struct rate_ratio ratio;

		if (!compare(blocks, last, last, confidence, &ratio) || ratio.low <= least ||
			!holds_without_largest(blocks, last, last, confidence, least))
			continue;
		rates->per_exposure = ratio;
		rates->from = late_begins[i];
		rates->last_per_second = per_second(&blocks->faults, last);
	}
}

static bool measure(
	const struct rule_context *context, double target, struct fault_rates *ret_rates)
{
	const struct judge_input *input = context->input;
	double least = 1.0 + target / 100.0;
	size_t third = context->window.samples / 6;
	struct blocks blocks;

	third = third < BLOCKS_PER_THIRD_MIN   ? BLOCKS_PER_THIRD_MIN
		: third > BLOCKS_PER_THIRD_MAX ? BLOCKS_PER_THIRD_MAX
					       : third;
	count_blocks(context, input->series[SERIES_FAULTS], 3 * third, &blocks.faults);
	count_blocks(context, input->series[SERIES_OPS], 3 * third, &blocks.exposure);
	*ret_rates = (struct fault_rates){.by_ops = input->series[SERIES_OPS] != NULL,
		.from = 2.0 / 3,
		.last_per_second = per_second(&blocks.faults, 2 * third)};
	if (!compare(&blocks, third, 2 * third, context->confidence, &ret_rates->per_exposure))
		return false;
	ret_rates->one_burst =
		ret_rates->per_exposure.low > least &&
		!holds_without_largest(&blocks, third, 2 * third, context->confidence, least);
	look_late(context, &blocks, least, ret_rates);
	return true;
}

static void conclude(const struct rule_context *context, const struct fault_rates *rates,
	struct rule_result *result)
{
	const struct rate_ratio *ratio = &rates->per_exposure;
	bool tiny = rates->last_per_second < TINY_PER_SECOND ||
		    (rates->by_ops && ratio->rate[1] < TINY_PER_OP);
	double length_s = context->window.to_s - context->window.from_s, gap, half_width;

	result->estimate = 100.0 * (ratio->ratio - 1.0);
	result->low = 100.0 * (ratio->low - 1.0);
	result->high = 100.0 * (ratio->high - 1.0);
	if (tiny) {
		rule_conclude(result, VERDICT_PASS,
			"page faults come at %s (%.2g per %s) at the end of the window: "
			"too few to matter",
			say_rate(rates->last_per_second).text, ratio->rate[1],
			rates->by_ops ? "op" : "second");
		return;
	}
	rule_conclude(result, rates->one_burst ? VERDICT_INCONCLUSIVE : rule_decide(result),
		"page faults went from %.3g to %.3g per %s (%s in the last %.0f %% of the "
		"window): by %s, between %s and %s%s",
		ratio->rate[0], ratio->rate[1], rates->by_ops ? "op" : "second",
		say_rate(rates->last_per_second).text, 100.0 * (1.0 - rates->from),
		say_percent(result->estimate).text, say_percent(result->low).text,
		say_percent(result->high).text,
		rates->one_burst ? "; one burst makes the difference" : "");
	if (result->verdict != VERDICT_INCONCLUSIVE)
		return;
	half_width = log(ratio->high / ratio->ratio);
	gap = fabs(log((1.0 + result->target / 100.0) / ratio->ratio));
	gap = fmax(gap, 0.2 * log(1.0 + result->target / 100.0));
	rule_advise_duration(result,
		context->window.from_s + length_s * (half_width / gap) * (half_width / gap));
}

void rule_fault_growth(const struct rule_context *context, struct judgement *judgement)
{
	struct rule_result *result = &judgement->rules[RULE_FAULT_GROWTH];
	struct fault_rates rates;

	if (!measure(context, result->target, &rates)) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"page faults or ops were hardly read, or ops stood still, "
			"in the first or the last third of the window");
		rule_advise(result, "run longer, or sample more often: --interval 100ms");
		return;
	}
	conclude(context, &rates, result);
}
