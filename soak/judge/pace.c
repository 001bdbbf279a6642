/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The target's pace and the host's share in it: see pace.h. Used by the rules on throughput. */
#include <math.h>
#include <stdio.h>

#include "soak/judge/analyses.h"
#include "soak/judge/pace.h"
#include "soak/judge/wording.h"
#include "soak/stats/linefit.h"

#define BINS_WANTED 20
#define BINS_MIN 10

static void rates(const struct rule_context *context, const double *counter, size_t count,
	struct bins *ret_bins)
{
	const struct steady_window *window = &context->window;

	ret_bins->n = 0;
	if (counter)
		bins_rate(window_series(context, context->input->t_s),
			window_series(context, counter), window->samples, window->from_s,
			window->to_s, count, ret_bins);
}

static void course_add(struct pace_course *course, double t, double y, double host)
{
	if (!isfinite(y) || !isfinite(host))
		return;
	course->t[course->n] = t;
	course->y[course->n] = y;
	course->host[course->n++] = host;
}

static void reason_add(struct pace_reason *reason, const struct pace *pace, const struct bins *cpu,
	size_t i, double host)
{
	course_add(&reason->by_wall, pace->wall.t[i], pace->wall.y[i], host);
	if (cpu->n && cpu->y[i] > 0.0)
		course_add(&reason->by_cpu, pace->wall.t[i], pace->wall.y[i] / cpu->y[i], host);
}

static void measure(const struct rule_context *context, size_t count_max, struct pace *ret_pace)
{
	const struct judge_input *input = context->input;
	double length_s = context->window.to_s - context->window.from_s;
	size_t count = window_bins(context, fmin(1.0, length_s / BINS_WANTED)), known = 0;
	struct bins cpu, steal, other, work, runs;
	struct pace *pace = ret_pace;

	count = count < count_max ? count : count_max;
	rates(context, input->series[SERIES_OPS], count, &pace->wall);
	rates(context, input->series[SERIES_CPU], count, &cpu);
	rates(context, input->series[SERIES_STEAL], count, &steal);
	rates(context, input->series[SERIES_OTHER_CPU], count, &other);
	rates(context, input->series[SERIES_SPEED], count, &work);
	rates(context, input->series[SERIES_SPEED_RUNS], count, &runs);
	pace->taken = pace->slow = (struct pace_reason){0};
	pace->steal = pace->other = 0.0;
	for (size_t i = 0; i < pace->wall.n && steal.n && other.n; i++) {
		double host = fmax(steal.y[i], 0.0) + fmax(other.y[i], 0.0);

		if (isnan(steal.y[i]) || isnan(other.y[i]))
			continue;
		pace->steal += (steal.y[i] - pace->steal) / (double)++known;
		pace->other += (fmax(other.y[i], 0.0) - pace->other) / (double)known;
		reason_add(&pace->taken, pace, &cpu, i, host);
	}
	for (size_t i = 0; i < pace->wall.n && work.n && runs.n; i++)
		if (runs.y[i] > 0.0)
			reason_add(&pace->slow, pace, &cpu, i, work.y[i] / runs.y[i]);
	if (!known)
		pace->steal = pace->other = NAN;
	pace->work.cv = NAN;
	if (pace->slow.by_wall.n > 0)
		spread(pace->slow.by_wall.host, pace->slow.by_wall.n, context->confidence,
			&pace->work);
	bins_drop_empty(&pace->wall);
}

const struct pace *pace_of(const struct rule_context *context, bool coarse)
{
	struct rule_analyses *analyses = context->analyses;

	if (!analyses->pace_known[coarse])
		measure(context, coarse ? PACE_COARSE : BINS_MAX, &analyses->pace[coarse]);
	analyses->pace_known[coarse] = true;
	return &analyses->pace[coarse];
}

bool pace_disturbed(const struct pace *pace)
{
	return pace->taken.by_wall.n >= BINS_MIN && pace->steal + pace->other > PACE_HOST_QUIET;
}

bool pace_disturbed_unseen(const struct pace *pace)
{
	return pace->taken.by_wall.n < BINS_MIN && pace->steal + pace->other > PACE_HOST_QUIET;
}

bool pace_speed_known(const struct pace *pace)
{
	return pace->slow.by_wall.n >= BINS_MIN;
}

/* y less its line over x. */
static int rest(const double *x, const double *y, size_t n, double confidence, double *ret_rest)
{
	struct linefit fit;

	if (linefit(x, y, n, confidence, &fit) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		ret_rest[i] = y[i] - linefit_at(&fit, x[i]);
	return 0;
}

struct pace_even pace_fall(const struct pace_course *course, double from_s, double to_s,
	double start, double confidence)
{
	double y[BINS_MAX], x[BINS_MAX], scale = -100.0 * (to_s - from_s) / start;
	struct linefit fit;

	if (rest(course->host, course->y, course->n, confidence, y) ||
		rest(course->host, course->t, course->n, confidence, x) ||
		linefit(x, y, course->n, confidence, &fit))
		return (struct pace_even){NAN, NAN, NAN};
	return (struct pace_even){fit.slope * scale, fit.slope_high * scale, fit.slope_low * scale};
}

double pace_fall_low(const struct pace_course *course, double from_s, double to_s, double start,
	double confidence)
{
	double y[BINS_MAX], x[BINS_MAX], low;
	struct linefit fit;

	/* taken more and more? */
	if (linefit(course->t, course->host, course->n, confidence, &fit) || !(fit.slope > 0.0))
		return INFINITY;
	if (rest(course->t, course->y, course->n, confidence, y) ||
		rest(course->t, course->host, course->n, confidence, x) ||
		linefit(x, y, course->n, confidence, &fit))
		return -INFINITY;
	if (fit.slope_low >= 0.0)
		return INFINITY;
	low = pace_fall(course, from_s, to_s, start, confidence).low;
	return isnan(low) ? -INFINITY : low;
}

struct pace_scatter pace_scatter(const struct pace_course *course, double confidence)
{
	struct pace_scatter scatter = {{NAN, NAN, NAN}, 0.0};
	double mean = 0.0, all = 0.0, left = 0.0, y[BINS_MAX];
	struct spread spread_left;
	struct linefit fit;

	if (linefit(course->host, course->y, course->n, confidence, &fit) || fit.slope_high >= 0.0)
		return scatter;
	for (size_t i = 0; i < course->n; i++) {
		double e = course->y[i] - linefit_at(&fit, course->host[i]);

		mean += course->y[i] / (double)course->n;
		y[i] = e + fit.mean_y;
		left += e * e;
	}
	for (size_t i = 0; i < course->n; i++)
		all += (course->y[i] - mean) * (course->y[i] - mean);
	scatter.share = all > 0.0 ? 1.0 - left / all : 0.0;
	if (spread(y, course->n, confidence, &spread_left) == 0)
		scatter.left = (struct pace_even){100.0 * spread_left.cv,
			100.0 * spread_left.cv_low, 100.0 * spread_left.cv_high};
	return scatter;
}

double pace_quiet_low(const struct pace_course *course, double confidence)
{
	struct spread quiet;
	double y[BINS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < course->n; i++)
		if (course->host[i] <= PACE_HOST_QUIET)
			y[n++] = course->y[i];
	if (n < BINS_MIN || spread(y, n, confidence, &quiet))
		return NAN;
	return 100.0 * quiet.cv_low;
}

struct phrase pace_say_taken(const struct pace *pace)
{
	struct phrase phrase = {""};

	if (!isnan(pace->steal))
		snprintf(phrase.text, sizeof(phrase.text), "%.2g CPUs stolen, %.2g used by others",
			pace->steal, pace->other);
	return phrase;
}
