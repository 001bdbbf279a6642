/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Course, lows and growth of RSS: see resident.h. Called by the rules of memory. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "soak/judge/analyses.h"
#include "soak/judge/joint_growth.h"
#include "soak/judge/resident.h"
#include "soak/judge/rss_series.h"
#include "soak/stats/daily.h"
#include "soak/stats/falls.h"
#include "soak/stats/staircase.h"
#include "soak/stats/theil_sen.h"

/* of the height: above this the tenth says little about the lows */
#define TENTH_SHARE_MAX 0.25
#define FLOOR_STEPS 3.0
/* a series whose bins differ from the last in fewer cases than this moves by jumps */
#define JUMPY_SHARE 0.1
#define MATERIAL_PAGES 8.0
#define MATERIAL_SHARE 1e-3
#define MATERIAL_YOUNG 0.05
#define YOUNG_S 60.0
#define DAY_AND_MORE_S (26.0 * 3600.0)
#define TAIL_WIDER 1.2
#define TAIL_MEMORIES 8.0
#define FALLS_MIN 2
#define LOWS_OVER_FALL 0.5
#define RISE_OVER_FALL 1.5
#define REST_MAX (1.0 / 3.0)
#define BLOCKS 20
#define STRETCH_MIN 2.5 /* of a run that left it open: less would leave it open again */
#define BLOCKS_CYCLES_MIN 8
#define MOVES 1.0   /* half widths: by how much the estimate may move */
#define GAP_MIN 0.1 /* of the target */
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

static size_t find_cycles(const struct rule_context *context, const struct cycles **ret_cycles)
{
	const struct steady_window *window = &context->window;
	struct rule_analyses *analyses = context->analyses;

	if (!analyses->cycles_known)
		analyses->ncycles = cycles_find(window_series(context, context->input->t_s),
			window_series(context, context->resident_bytes), window->samples,
			window->from_s, window->to_s,
			RESIDENT_CYCLE_PAGES * context->input->page_bytes, &analyses->cycles);
	analyses->cycles_known = true;
	*ret_cycles = &analyses->cycles;
	return analyses->ncycles;
}

static double resolution_floor(const struct rule_context *context, const struct bins *lows)
{
	double jump[BINS_MAX];
	size_t jumps = 0;

	for (size_t i = 1; i < lows->n; i++)
		if (lows->y[i] != lows->y[i - 1])
			jump[jumps++] = fabs(lows->y[i] - lows->y[i - 1]);
	if (jumps == 0 || (double)jumps >= JUMPY_SHARE * (double)lows->n)
		return FLOOR_STEPS * context->input->page_bytes;
	return FLOOR_STEPS * fmax(median_in_place(jump, jumps), context->input->page_bytes);
}

int resident_fit(
	const struct rule_context *context, const struct bins *points, struct longrun *ret_fit)
{
	struct bins daily = *points;
	double wider = daily_take_out(daily.t, daily.y, daily.n);
	int error = longrun(daily.t, daily.y, daily.n, context->input->t_s[0], BRIEF_WARMUP_S,
		context->confidence, ret_fit);

	if (error)
		return error;
	ret_fit->low = ret_fit->slope - wider * (ret_fit->slope - ret_fit->low);
	ret_fit->high = ret_fit->slope + wider * (ret_fit->high - ret_fit->slope);
	ret_fit->reach *= wider;
	return 0;
}

/*
 * Of cycles: the growth of their lows, but no more than that of the level of their lowest tenths
 * allows, were it lifted by a leak that does not lift the peaks. Where the two exclude each other,
 * all that either allows.
 */
static int fit_cycles(
	const struct rule_context *context, const struct cycles *cycles, struct longrun *ret_fit)
{
	struct longrun lows, tenth;
	struct bins tenths;
	double share, high;

	if (resident_fit(context, &cycles->low, &lows) != 0)
		return -1;
	*ret_fit = lows;
	if (!cycles->even)
		return 0;
	share = cycles_tenths(window_series(context, context->input->t_s),
		window_series(context, context->resident_bytes), context->window.samples, cycles,
		&tenths);
	if (!(share <= TENTH_SHARE_MAX) || resident_fit(context, &tenths, &tenth) != 0)
		return 0;
	high = fmax(tenth.high, tenth.high / (1.0 - share));
	if (lows.slope > high)
		*ret_fit = tenth;
	ret_fit->low = lows.low > high ? tenth.low : lows.low;
	ret_fit->high = lows.low > high ? lows.high : fmin(lows.high, high);
	return 0;
}

/*
 * Of the fitted line, but a value that the window held: the slope may be that after an event, and
 * lead back past it to a level that never was.
 */
static double level_at_start(const struct resident_growth *growth, double from_s)
{
	const struct longrun *fit = &growth->fit;

	return fmin(fmax(fit->mean_y + fit->slope * (from_s - fit->mean_t), growth->lowest_bytes),
		growth->highest_bytes);
}

static void take_range(const struct bins *bins, struct resident_growth *growth)
{
	growth->lowest_bytes = growth->highest_bytes = bins->y[0];
	for (size_t i = 1; i < bins->n; i++) {
		growth->lowest_bytes = fmin(growth->lowest_bytes, bins->y[i]);
		growth->highest_bytes = fmax(growth->highest_bytes, bins->y[i]);
	}
}

/* The readings, or the lows of the cycles (NULL: none), in the last part of the window. */
static void cut_tail(const struct rule_context *context, const struct cycles *cycles, double share,
	struct bins *ret_bins)
{
	double to_s = context->window.to_s, from_s = to_s - share * (to_s - context->window.from_s);
	size_t first = 0;

	if (!cycles) {
		bins_mean(window_series(context, context->input->t_s),
			window_series(context, context->resident_bytes), context->window.samples,
			from_s, to_s, BINS_MAX, ret_bins);
		bins_drop_empty(ret_bins);
		return;
	}
	*ret_bins = cycles->low;
	while (first < ret_bins->n && ret_bins->t[first] < from_s)
		first++;
	ret_bins->n -= first;
	memmove(ret_bins->t, ret_bins->t + first, ret_bins->n * sizeof(*ret_bins->t));
	memmove(ret_bins->y, ret_bins->y + first, ret_bins->n * sizeof(*ret_bins->y));
}

/*
 * How many points the noise remembers, at least one: 1 / (1 - f), f being the AR(1) coefficient of
 * which differences of neighbours have the correlation (f - 1) / 2. Unlike that of residuals it is
 * not raised by a course that the fit misses.
 */
static double memory_points(const struct bins *points)
{
	double products = 0.0, squares = 0.0, before = 0.0, f;

	for (size_t i = 1; i < points->n; i++) {
		double difference = points->y[i] - points->y[i - 1];

		products += before * difference;
		squares += difference * difference;
		before = difference;
	}
	f = squares > 0.0 ? 1.0 + 2.0 * products / squares : 0.0;
	return 1.0 / (1.0 - fmin(fmax(f, 0.0), 0.99));
}

/*
 * The slope of that of the window's tails which grows least for certain. Intervals are taken wider:
 * several are looked at; and a tenth and a twentieth, where they hold less than eight times the
 * noise's memory, know too little of it by themselves.
 */
static struct slope_range lately(
	const struct rule_context *context, const struct cycles *cycles, const struct bins *points)
{
	static const double tails[] = {1.0 / 3, 1.0 / 10, 1.0 / 20};
	struct slope_range least = {-INFINITY, INFINITY};
	double memory = memory_points(points);
	struct longrun fit;
	struct bins tail;

	for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
		double share = tails[i], wanted = i ? TAIL_MEMORIES * memory : 0.0, high;

		cut_tail(context, cycles, share, &tail);
		if (tail.n < RESIDENT_READINGS_MIN || resident_fit(context, &tail, &fit) != 0)
			continue;
		high = fit.slope + (fit.high - fit.slope) *
					   fmax(wanted / (share * (double)points->n), TAIL_WIDER);
		if (high < least.high)
			least = (struct slope_range){fit.low, high};
	}
	return least;
}

/*
 * What grows since it began in the window, or since a fill stopped late in it, must show by itself
 * that it goes on: two events in a row may explain it as well.
 */
static void weigh_rest(const struct rule_context *context, struct resident_growth *growth)
{
	const struct steady_window *window = &context->window;
	double share = (window->to_s - growth->fit.when) / (window->to_s - window->from_s);
	struct longrun fit;
	struct bins tail;

	if (growth->cycles || growth->fit.event != LONGRUN_STOP ||
		(growth->fit.height > 0.0 && share > REST_MAX))
		return;
	cut_tail(context, NULL, share, &tail);
	if (tail.n >= RESIDENT_READINGS_MIN && resident_fit(context, &tail, &fit) == 0)
		growth->low = fmin(growth->low, fit.low);
}

/*
 * Jumps that keep coming bound the growth better than a line, to which each may be the last. Jumps
 * of a few pages are what a program touches for the first time.
 */
static void climb(
	const struct rule_context *context, const struct bins *lows, struct resident_growth *growth)
{
	enum longrun_event event = growth->fit.event;
	struct staircase stairs;

	if (event == LONGRUN_EXPONENTIAL || event == LONGRUN_LOGARITHMIC ||
		!staircase(lows->t, lows->y, lows->n, context->confidence, &stairs) ||
		stairs.height < MATERIAL_PAGES * context->input->page_bytes)
		return;
	growth->stairs = stairs;
	growth->low = fmax(growth->low, stairs.low);
	if (!growth->cycles) /* they are the even steps of a line */
		growth->high = fmax(growth->high, stairs.high);
	growth->lately.high = INFINITY; /* between two jumps it is flat */
}

/*
 * A leak from which memory is taken now and then: between the falls it rises for certain, and the
 * lows after them rise too, so that no sawtooth explains it. It grows at least as the lows do.
 */
static void rise_between_falls(
	const struct rule_context *context, const struct bins *bins, struct resident_growth *growth)
{
	double length_s = context->window.to_s - context->window.from_s;
	struct bins risen = *bins;
	struct falls falls = falls_add_back(risen.y, risen.n);
	struct longrun fit;

	if (growth->cycles || falls.n < FALLS_MIN ||
		falls.last_low - falls.from < LOWS_OVER_FALL * falls.largest ||
		falls.end - falls.from < RISE_OVER_FALL * falls.largest ||
		resident_fit(context, &risen, &fit) != 0)
		return;
	growth->falls = falls.n;
	growth->low = fmax(growth->low, fmin(fit.low, (falls.last_low - falls.from) / length_s));
	growth->high = fmax(growth->high, fit.high);
	growth->lately.high = INFINITY;
}

static size_t measure_growth(const struct rule_context *context, struct resident_growth *ret_growth)
{
	const struct steady_window *window = &context->window;
	struct resident_growth growth;
	const struct cycles *cycles;
	struct bins bins, points;
	double length_s = window->to_s - window->from_s, floor_slope;
	size_t readings;

	growth.stairs.jumps = growth.falls = 0;
	cut(context, bins_mean, window_bins(context, 0.1), &bins);
	readings = bins.n;
	if (readings < RESIDENT_READINGS_MIN)
		return readings;
	growth.cycles = find_cycles(context, &cycles);
	if (growth.cycles ? fit_cycles(context, cycles, &growth.fit)
			  : resident_fit(context, &bins, &growth.fit))
		return 0;
	if (growth.cycles)
		bins = cycles->low;
	take_range(&bins, &growth);
	growth.level_bytes = level_at_start(&growth, window->from_s) + context->beside_bytes;
	growth.lately = lately(context, growth.cycles ? cycles : NULL, &bins);
	points = bins;
	cut(context, bins_low, window_bins(context, 0.1), &bins);
	growth.floor_bytes = resolution_floor(context, &bins);
	floor_slope = growth.floor_bytes / length_s;
	growth.low = growth.fit.low - floor_slope;
	growth.high = growth.fit.high + floor_slope;
	/* the floor twice: for itself, and for the steps that may fall badly */
	growth.reach = growth.fit.reach + 2.0 * floor_slope;
	growth.material_bytes = fmax(MATERIAL_PAGES * context->input->page_bytes,
		growth.level_bytes * (length_s < YOUNG_S ? MATERIAL_YOUNG : MATERIAL_SHARE));
	weigh_rest(context, &growth);
	climb(context, &bins, &growth);
	rise_between_falls(context, &points, &growth);
	*ret_growth = growth;
	return readings;
}

size_t resident_growth(const struct rule_context *context, struct resident_growth *ret_growth)
{
	struct rule_analyses *analyses = context->analyses;

	if (!analyses->growth_known)
		analyses->readings = context->pieces ? joint_growth(context, &analyses->growth)
						     : measure_growth(context, &analyses->growth);
	analyses->growth_known = true;
	*ret_growth = analyses->growth;
	return analyses->readings;
}

/* Does the fitted course go below where it begins? */
static bool falls_at_first(const struct rule_context *context, const struct resident_growth *growth)
{
	const struct steady_window *window = &context->window;
	double length_s = window->to_s - window->from_s;
	double start = longrun_at(&growth->fit, window->from_s);

	for (int i = 1; i < BLOCKS; i++)
		if (longrun_at(&growth->fit, window->from_s + length_s * i / BLOCKS) <
			start - growth->floor_bytes)
			return true;
	return false;
}

struct phrase resident_event(
	const struct rule_context *context, const struct resident_growth *growth)
{
	const struct longrun *fit = &growth->fit;
	struct phrase phrase = {""}, height = say_bytes(fabs(fit->height));
	size_t size = sizeof(phrase.text);

	if (growth->stairs.jumps > 0) {
		snprintf(phrase.text, size, ", by %zu steps of %.12s", growth->stairs.jumps,
			say_bytes(growth->stairs.height).text);
		return phrase;
	}
	if (fit->event == LONGRUN_NOTHING || fabs(fit->height) * FLOOR_STEPS < growth->floor_bytes)
		return phrase;
	if (fit->event == LONGRUN_STEP)
		snprintf(phrase.text, size, ", besides a %s of %.12s at %.9s",
			fit->height < 0.0 ? "fall" : "step", height.text,
			say_clock(fit->when).text);
	else if (fit->event == LONGRUN_STOP && fit->height < 0.0)
		snprintf(phrase.text, size, ", %s until %.9s",
			falls_at_first(context, growth) ? "falling" : "slower",
			say_clock(fit->when).text);
	else if (fit->event == LONGRUN_STOP)
		snprintf(phrase.text, size, ", besides %.12s until %.9s", height.text,
			say_clock(fit->when).text);
	else if (fit->height < 0.0 && !falls_at_first(context, growth))
		snprintf(phrase.text, size, ", slower at first");
	else if (fit->height < 0.0)
		snprintf(phrase.text, size, ", besides a fall of %.12s at first", height.text);
	else
		snprintf(phrase.text, size,
			fit->event == LONGRUN_LOGARITHMIC ? ", besides a creep of %.12s that fades"
							  : ", besides a warm-up of %.12s",
			height.text);
	return phrase;
}

/* Of cycles too few to be sure of; NAN: there is no sign of any. */
static double guess_cycle(const struct rule_context *context, const struct resident_growth *growth)
{
	const struct steady_window *window = &context->window;

	if (growth->cycles)
		return NAN;
	return cycles_guess(window_series(context, context->input->t_s),
		window_series(context, context->resident_bytes), window->samples, window->from_s,
		window->to_s, growth->material_bytes);
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
	double length_s = window->to_s - window->from_s, stretch = STRETCH_MIN;
	double noise = fit->slope > slope ? fit->slope - fit->low : fit->high - fit->slope;
	double coarse = growth->floor_bytes / length_s;
	/* the estimate will move, from now on and then again: no plan to hit the target exactly */
	double gap = fmax(fabs(slope - fit->slope) - MOVES * noise, GAP_MIN * slope);
	double cycle_s = guess_cycle(context, growth);

	while ((1.0 + MOVES) * noise * pow(stretch, -1.5) + coarse / stretch > gap && stretch < 1e6)
		stretch *= 1.02;
	if (fit->slope > slope)
		stretch = fmax(stretch, growth->material_bytes / (fit->slope * length_s));
	if (fit->day && fit->slope > slope)
		stretch = fmax(stretch, DAY_AND_MORE_S / length_s);
	if (cycle_s > 0.0)
		stretch = fmin(
			stretch, fmax(STRETCH_MIN, RESIDENT_CYCLES_WANTED * cycle_s / length_s));
	rule_advise_duration(result,
		stretch < 1e6 ? window->from_s + fmax(length_s * stretch, YOUNG_S) : INFINITY);
}

void resident_too_few(
	const struct rule_context *context, struct rule_result *result, size_t readings)
{
	rule_too_few(result, context->resident_name, readings);
	if (has_lazyfree(context->input))
		rule_advise(result, "run longer: memory given up by MADV_FREE (LazyFree) does "
				    "not count as RSS, and can be read only every few seconds");
}

void resident_lows(const struct rule_context *context, struct bins *ret_lows)
{
	const struct cycles *cycles;

	if (find_cycles(context, &cycles) >= BLOCKS_CYCLES_MIN)
		*ret_lows = cycles->low;
	else
		cut(context, bins_low, BLOCKS, ret_lows);
}
