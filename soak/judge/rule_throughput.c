/* SPDX-License-Identifier: GPL-3.0-or-later */
/* throughput_drop and throughput_cv: does it slow down, does it run evenly? See docs/judging.md. */
#include <math.h>

#include "soak/judge/rule.h"
#include "soak/judge/wording.h"
#include "soak/stats/bins.h"
#include "soak/stats/linefit.h"
#include "soak/stats/spread.h"

#define READINGS_MIN 10
#define BINS_WANTED 20
#define CV_BINS 100
/* a fast start that takes this share of the run or more is no warm-up to be forgotten without a
 * word */
#define FAST_START_SHARE 0.1

/* Ops rates in equal bins of at least one second where the window is long enough for BINS_WANTED of
 * these. */
static void rate_bins(const struct rule_context *context, size_t count_max, struct bins *ret_bins)
{
	const struct steady_window *window = &context->window;
	double length_s = window->to_s - window->from_s;
	size_t count = window_bins(context, fmin(1.0, length_s / BINS_WANTED));

	bins_rate(window_series(context, context->input->t_s),
		window_series(context, context->input->ops), window->samples, window->from_s,
		window->to_s, count < count_max ? count : count_max, ret_bins);
	bins_drop_empty(ret_bins);
}

/* Mean ops rate of what was set aside as warm-up; 0 where that is too short to matter, or was asked
 * for. */
static double early_rate(const struct rule_context *context)
{
	const struct judge_input *input = context->input;
	const struct steady_window *window = &context->window;
	double start_s = input->t_s[0];
	struct bins bins;

	if (!window->found ||
		window->from_s - start_s < FAST_START_SHARE * (window->to_s - start_s))
		return 0.0;
	bins_rate(input->t_s, input->ops, input->n, start_s, window->from_s, 1, &bins);
	return isnan(bins.y[0]) ? 0.0 : bins.y[0];
}

static void advise_drop(const struct rule_context *context, struct rule_result *result)
{
	double length_s = context->window.to_s - context->window.from_s;
	double half_width = result->high - result->estimate;
	double gap = fmax(fabs(result->target - result->estimate), 0.2 * result->target);

	/* the drop over the whole window, not per hour: its half width shrinks as T^-0.5 */
	rule_advise_duration(
		result, context->window.from_s +
				length_s * fmax(half_width * half_width / (gap * gap), 1.1));
}

static void drop_conclude(
	const struct rule_context *context, const struct linefit *fit, struct rule_result *result)
{
	double length_s = context->window.to_s - context->window.from_s;
	double start = linefit_at(fit, context->window.from_s), early = early_rate(context);
	double scale = -100.0 * length_s / start;
	enum verdict verdict;

	result->estimate = fit->slope * scale;
	result->low = fit->slope_high * scale;
	result->high = fit->slope_low * scale;
	verdict = rule_decide(result);
	if (verdict == VERDICT_PASS && start < early * (1.0 - result->target / 100.0)) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"ops ran at %s before the steady window and at %s "
			"from its start: a slow-down, or a fast warm-up",
			say_rate(early).text, say_rate(start).text);
		rule_advise(result, "say how long the warm-up is, then judge again: --warmup 30s");
		return;
	}
	rule_conclude(result, verdict,
		"ops went from %s to %s in %s: a fall of %s, between %s and %s, "
		"where %s is allowed",
		say_rate(start).text, say_rate(start + fit->slope * length_s).text,
		say_duration(length_s).text, say_percent(result->estimate).text,
		say_percent(result->low).text, say_percent(result->high).text,
		say_percent(result->target).text);
	if (verdict == VERDICT_INCONCLUSIVE)
		advise_drop(context, result);
}

void rule_throughput_drop(const struct rule_context *context, struct judgement *judgement)
{
	struct rule_result *result = &judgement->rules[RULE_THROUGHPUT_DROP];
	const struct judge_input *input = context->input;
	struct linefit fit;
	struct bins bins;

	if (rule_lacks_series(result, input->ops, "count of ops", input->ops_absent) ||
		rule_lacks_window(context, result))
		return;
	rate_bins(context, BINS_MAX, &bins);
	if (bins.n < READINGS_MIN ||
		linefit(bins.t, bins.y, bins.n, context->confidence, &fit) != 0) {
		rule_too_few(result, "ops", bins.n);
		return;
	}
	if (!(linefit_at(&fit, context->window.from_s) > 0.0)) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"no ops were counted at the start of the steady window");
		rule_advise(result, "see whether ops are counted: soak run --ops preload");
		return;
	}
	drop_conclude(context, &fit, result);
}

void rule_throughput_cv(const struct rule_context *context, struct judgement *judgement)
{
	struct rule_result *result = &judgement->rules[RULE_THROUGHPUT_CV];
	const struct judge_input *input = context->input;
	struct spread rate;
	struct bins bins;

	if (rule_lacks_series(result, input->ops, "count of ops", input->ops_absent) ||
		rule_lacks_window(context, result))
		return;
	rate_bins(context, CV_BINS, &bins);
	if (bins.n < READINGS_MIN || spread(bins.y, bins.n, context->confidence, &rate) != 0) {
		rule_too_few(result, "ops", bins.n);
		return;
	}
	result->estimate = 100.0 * rate.cv;
	result->low = 100.0 * rate.cv_low;
	result->high = 100.0 * rate.cv_high;
	rule_conclude(result, rule_decide(result),
		"ops/s over %zu bins of %s: %s with a CV of %s, "
		"between %s and %s, where %s is allowed",
		bins.n, say_duration(bins.width_s).text, say_rate(rate.mean).text,
		say_percent(result->estimate).text, say_percent(result->low).text,
		say_percent(result->high).text, say_percent(result->target).text);
	if (result->verdict == VERDICT_INCONCLUSIVE)
		rule_advise_duration(
			result, context->window.from_s +
					4.0 * (context->window.to_s - context->window.from_s));
}
