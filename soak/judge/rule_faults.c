/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fault_growth: page faults in the window's last third against its first. See docs/judging.md. */
#include <math.h>

#include "soak/judge/rule.h"
#include "soak/judge/wording.h"
#include "soak/stats/bins.h"
#include "soak/stats/rate_ratio.h"

#define BLOCKS_PER_THIRD_MIN 3
#define BLOCKS_PER_THIRD_MAX 10
#define TINY_PER_OP 1e-8
#define TINY_PER_SECOND 1.0

struct fault_rates {
	struct rate_ratio per_exposure; /* per op, or per second when there are no ops */
	double last_per_second;
	bool by_ops;
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

static bool measure(const struct rule_context *context, struct fault_rates *ret_rates)
{
	const struct judge_input *input = context->input;
	size_t third = context->window.samples / 6;
	struct bins faults, exposure;
	double count = 0.0, seconds = 0.0;
	struct rate_group group[2];

	third = third < BLOCKS_PER_THIRD_MIN   ? BLOCKS_PER_THIRD_MIN
		: third > BLOCKS_PER_THIRD_MAX ? BLOCKS_PER_THIRD_MAX
					       : third;
	count_blocks(context, input->series[SERIES_FAULTS], 3 * third, &faults);
	count_blocks(context, input->series[SERIES_OPS], 3 * third, &exposure);
	ret_rates->by_ops = input->series[SERIES_OPS] != NULL;
	for (size_t i = 2 * third; i < 3 * third; i++) {
		if (isnan(faults.y[i]))
			continue;
		count += faults.y[i];
		seconds += faults.width_s;
	}
	ret_rates->last_per_second = seconds > 0.0 ? count / seconds : NAN;
	group[0] = (struct rate_group){faults.y, exposure.y, third};
	group[1] = (struct rate_group){faults.y + 2 * third, exposure.y + 2 * third, third};
	return rate_ratio(group, context->confidence, &ret_rates->per_exposure) == 0;
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
			"page faults come at %s (%.2g per %s) in the last third of the window: "
			"too few to matter",
			say_rate(rates->last_per_second).text, ratio->rate[1],
			rates->by_ops ? "op" : "second");
		return;
	}
	rule_conclude(result, rule_decide(result),
		"page faults went from %.3g to %.3g per %s (%s at the end): "
		"by %s, between %s and %s",
		ratio->rate[0], ratio->rate[1], rates->by_ops ? "op" : "second",
		say_rate(rates->last_per_second).text, say_percent(result->estimate).text,
		say_percent(result->low).text, say_percent(result->high).text);
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

	if (!measure(context, &rates)) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"page faults or ops were hardly read, or ops stood still, "
			"in the first or the last third of the window");
		rule_advise(result, "run longer, or sample more often: --interval 100ms");
		return;
	}
	conclude(context, &rates, result);
}
