/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Course, lows and growth of RSS: see resident.h. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "soak/judge/resident.h"
#include "soak/stats/highwater.h"
#include "soak/stats/linefit.h"
#include "soak/stats/theil_sen.h"

#define CYCLES_MIN 4
#define CYCLES_MAX 60
#define BINS_MIN 12        /* in which cycles can be told */
#define STRETCH_CYCLES 2.0 /* a stretch holds so many, or more */
#define UNEVENNESS_MAX 0.4
#define REPETITION_MIN 0.4
#define FLOOR_STEPS 3.0
/* a series whose bins differ from the last in fewer cases than this moves by jumps */
#define JUMPY_SHARE 0.1
#define MATERIAL_PAGES 8.0
#define MATERIAL_SHARE 1e-3
#define MATERIAL_YOUNG 0.05
#define YOUNG_S 60.0
#define BLOCKS 20
#define BLOCKS_CYCLES_MIN 8
/* An allocator's bins may take so long to find their size, however short the run. */
#define BRIEF_WARMUP_S 20.0

typedef void bins_fn(const double *t, const double *y, size_t n, double from, double to,
	size_t count, struct bins *ret_bins);

static void cut(
	const struct rule_context *context, bins_fn *take, size_t count, struct bins *ret_bins)
{
	const struct steady_window *window = &context->window;

	take(window_series(context, context->input->t_s),
		window_series(context, context->resident_bytes), window->samples, window->from_s,
		window->to_s, count, ret_bins);
	bins_drop_empty(ret_bins);
}

/* Of the time from one low to the next: standard deviation over mean. */
static double unevenness(const struct bins *bins, const size_t *low, size_t n)
{
	double mean = (bins->t[low[n - 1]] - bins->t[low[0]]) / (double)(n - 1), squares = 0.0;

	for (size_t i = 1; i < n; i++)
		squares += pow(bins->t[low[i]] - bins->t[low[i - 1]] - mean, 2);
	return sqrt(squares / (double)(n - 1)) / mean;
}

/*
 * Does each cycle look like the next? Chance may fall and rise as evenly, but not in the same
 * form.
 */
static bool repeats(const double *rest, size_t n, double period)
{
	double squares = 0.0, products[2] = {0.0, 0.0};
	size_t lag = (size_t)period;

	for (size_t i = 0; i < n; i++)
		squares += rest[i] * rest[i];
	for (size_t more = 0; more < 2; more++)
		for (size_t i = lag + more; i < n; i++)
			products[more] += rest[i] * rest[i - lag - more];
	return fmax(products[0], products[1]) / (double)(n - lag) >
	       REPETITION_MIN * squares / (double)n;
}

/* Of a stretch of the series in bins: the lows of its cycles, or 0: it has none. */
static size_t find_cycles(
	const struct rule_context *context, const struct bins *bins, size_t low[CYCLES_MAX])
{
	double rest[BINS_MAX], lowest = INFINITY, highest = -INFINITY;
	struct linefit line;
	size_t cycles;

	if (linefit(bins->t, bins->y, bins->n, context->confidence, &line) != 0)
		return 0;
	for (size_t i = 0; i < bins->n; i++) {
		rest[i] = bins->y[i] - linefit_at(&line, bins->t[i]);
		lowest = fmin(lowest, rest[i]);
		highest = fmax(highest, rest[i]);
	}
	cycles = troughs(rest, bins->n, 0.5 * (highest - lowest), low, CYCLES_MAX);
	if (cycles < CYCLES_MIN || cycles > CYCLES_MAX ||
		unevenness(bins, low, cycles) > UNEVENNESS_MAX ||
		!repeats(rest, bins->n, (double)(low[cycles - 1] - low[0]) / (double)(cycles - 1)))
		return 0;
	return cycles;
}

/*
 * The length of cycles too short to be told apart in the whole window, found in a part of it, an
 * eighth or a 64th, in its middle; or 0.
 */
static double short_cycle_s(const struct rule_context *context)
{
	const struct steady_window *window = &context->window;
	double length_s = window->to_s - window->from_s, middle = window->from_s + length_s / 2.0;
	size_t low[CYCLES_MAX], cycles;
	struct bins bins;

	for (double part_s = length_s / 8.0; part_s >= length_s / 64.0; part_s /= 8.0) {
		double samples = (double)window->samples * part_s / length_s;
		size_t count = (size_t)fmin(fmin(part_s / 0.1, samples / 2.0), BINS_MAX);

		if (count < BINS_MIN)
			break;
		bins_low(window_series(context, context->input->t_s),
			window_series(context, context->resident_bytes), window->samples,
			middle - part_s / 2.0, middle + part_s / 2.0, count, &bins);
		bins_drop_empty(&bins);
		cycles = find_cycles(context, &bins, low);
		if (cycles)
			return (bins.t[low[cycles - 1]] - bins.t[low[0]]) / (double)(cycles - 1);
	}
	return 0.0;
}

/*
 * The lowest reading of each cycle, or of stretches of several; false: there are no cycles.
 */
static bool cycle_lows(const struct rule_context *context, struct bins *ret_lows)
{
	double length_s = context->window.to_s - context->window.from_s, cycle_s;
	size_t low[CYCLES_MAX], cycles;
	struct bins bins;

	cut(context, bins_low, window_bins(context, 0.1), &bins);
	cycles = find_cycles(context, &bins, low);
	ret_lows->n = cycles;
	for (size_t i = 0; i < cycles; i++) {
		ret_lows->t[i] = bins.t[low[i]];
		ret_lows->y[i] = bins.y[low[i]];
	}
	if (cycles)
		return true;
	cycle_s = short_cycle_s(context);
	if (cycle_s > 0.0)
		cut(context, bins_low,
			(size_t)fmin(length_s / (STRETCH_CYCLES * cycle_s), CYCLES_MAX), ret_lows);
	return cycle_s > 0.0;
}

static double resolution_floor(const struct rule_context *context)
{
	double jump[BINS_MAX];
	size_t jumps = 0;
	struct bins bins;

	cut(context, bins_low, window_bins(context, 0.1), &bins);
	for (size_t i = 1; i < bins.n; i++)
		if (bins.y[i] != bins.y[i - 1])
			jump[jumps++] = fabs(bins.y[i] - bins.y[i - 1]);
	if (jumps == 0 || (double)jumps >= JUMPY_SHARE * (double)bins.n)
		return FLOOR_STEPS * context->input->page_bytes;
	return FLOOR_STEPS * fmax(median_in_place(jump, jumps), context->input->page_bytes);
}

size_t resident_growth(const struct rule_context *context, struct resident_growth *ret_growth)
{
	const struct steady_window *window = &context->window;
	struct resident_growth growth;
	struct bins bins, lows;
	const struct bins *points = &bins;
	double length_s = window->to_s - window->from_s, floor_slope;

	cut(context, bins_mean, window_bins(context, 0.1), &bins);
	if (bins.n < RESIDENT_READINGS_MIN)
		return bins.n;
	if (cycle_lows(context, &lows))
		points = &lows;
	if (longrun(points->t, points->y, points->n, context->input->t_s[0], BRIEF_WARMUP_S,
		    context->confidence, &growth.fit) != 0)
		return 0;
	growth.level_bytes =
		growth.fit.mean_y + growth.fit.slope * (window->from_s - growth.fit.mean_t);
	growth.floor_bytes = resolution_floor(context);
	floor_slope = growth.floor_bytes / length_s;
	growth.low = growth.fit.low - floor_slope;
	growth.high = growth.fit.high + floor_slope;
	/* the floor twice: for itself, and for the steps that may fall badly */
	growth.reach = growth.fit.reach + 2.0 * floor_slope;
	growth.material_bytes = fmax(MATERIAL_PAGES * context->input->page_bytes,
		growth.level_bytes * (length_s < YOUNG_S ? MATERIAL_YOUNG : MATERIAL_SHARE));
	*ret_growth = growth;
	return bins.n;
}

struct phrase resident_event(const struct resident_growth *growth)
{
	const struct longrun *fit = &growth->fit;
	struct phrase phrase = {""}, height = say_bytes(fit->height);

	if (fit->event == LONGRUN_STEP)
		snprintf(phrase.text, sizeof(phrase.text), ", besides a step of %.12s at %.9s",
			height.text, say_clock(fit->when).text);
	else if (fit->event == LONGRUN_STOP)
		snprintf(phrase.text, sizeof(phrase.text), ", besides %.12s until %.9s",
			height.text, say_clock(fit->when).text);
	else if (fit->event != LONGRUN_NOTHING)
		snprintf(phrase.text, sizeof(phrase.text), ", besides a warm-up of %.12s",
			height.text);
	return phrase;
}

/*
 * At a given noise and sampling rate the statistical half width shrinks with the length as T^-1.5,
 * the floor as T^-1.
 */
void resident_advise(const struct rule_context *context, const struct resident_growth *growth,
	double slope, struct rule_result *result)
{
	const struct steady_window *window = &context->window;
	const struct longrun *fit = &growth->fit;
	double length_s = window->to_s - window->from_s, stretch = 1.0;
	double noise = fit->slope > slope ? fit->slope - fit->low : fit->high - fit->slope;
	double coarse = growth->floor_bytes / length_s;
	/* an estimate that all but equals the target will move: no plan to hit it exactly */
	double gap = fmax(fabs(slope - fit->slope), 0.2 * slope);

	while (noise * pow(stretch, -1.5) + coarse / stretch > gap && stretch < 1e6)
		stretch *= 1.02;
	if (fit->slope > slope)
		stretch = fmax(stretch, growth->material_bytes / (fit->slope * length_s));
	rule_advise_duration(result,
		stretch < 1e6 ? window->from_s + fmax(length_s * stretch, YOUNG_S) : INFINITY);
}

void resident_lows(const struct rule_context *context, struct bins *ret_lows)
{
	if (!cycle_lows(context, ret_lows) || ret_lows->n < BLOCKS_CYCLES_MIN)
		cut(context, bins_low, BLOCKS, ret_lows);
}
