/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cycles and their lows: see cycles.h. Used by the rules on RSS. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "soak/stats/cycles.h"
#include "soak/stats/highwater.h"
#include "soak/stats/linefit.h"
#include "soak/stats/theil_sen.h"

#define UNEVENNESS_MAX 0.4
#define REPETITION_MIN 0.4
#define BIN_S 0.1      /* no shorter */
#define BIN_READINGS 2 /* no fewer */
#define BINS_MIN 12    /* in which cycles can be told */
#define PART 8.0       /* of the series, where short cycles are looked for; and of that again */
#define STRETCH_CYCLES 2.0
#define TENTH 0.1
#define ROUNDING 1e-9
#define FEW_MAX 5
#define HALF 0.5      /* of the range: a cycle */
#define FALL_MIN 0.15 /* of the range: a collection */
#define LOWS_MIN 6
#define RISE_MIN 0.01        /* of the level: less is the coarseness of the series */
#define LOWS_SCATTER_MAX 0.1 /* of the typical rise from one */

static double mean_length(const struct bins *bins, const size_t *low, size_t n)
{
	return (bins->t[low[n - 1]] - bins->t[low[0]]) / (double)(n - 1);
}

/* Of the time from one low to the next: standard deviation over mean. */
static double unevenness(const struct bins *bins, const size_t *low, size_t n)
{
	double mean = mean_length(bins, low, n), squares = 0.0;

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

/*
 * Where the series, cut into bins, goes down and up by a share of its range about the fitted line;
 * ret_rest gets what it is above that line, ret_range that range.
 */
static size_t find_troughs(const struct bins *bins, double share, double height_min,
	double *ret_rest, double *ret_range, size_t low[CYCLES_MAX])
{
	double lowest = INFINITY, highest = -INFINITY;
	struct linefit line;

	if (bins->n < BINS_MIN || linefit(bins->t, bins->y, bins->n, 0.95, &line) != 0)
		return 0;
	for (size_t i = 0; i < bins->n; i++) {
		ret_rest[i] = bins->y[i] - linefit_at(&line, bins->t[i]);
		lowest = fmin(lowest, ret_rest[i]);
		highest = fmax(highest, ret_rest[i]);
	}
	/* what rounding leaves of a line has no cycles */
	if (!(highest - lowest > fmax(height_min, ROUNDING * fabs(line.mean_y))))
		return 0;
	*ret_range = highest - lowest;
	return troughs(ret_rest, bins->n, share * *ret_range, low, CYCLES_MAX);
}

/* In a stretch of the series that is cut into bins: the lows of its cycles, or 0: it has none. */
static size_t find_lows(const struct bins *bins, double height_min, size_t low[CYCLES_MAX])
{
	double rest[BINS_MAX], range;
	size_t n = find_troughs(bins, HALF, height_min, rest, &range, low);

	if (n < CYCLES_MIN || n > CYCLES_MAX || unevenness(bins, low, n) > UNEVENNESS_MAX ||
		!repeats(rest, bins->n, (double)(low[n - 1] - low[0]) / (double)(n - 1)))
		return 0;
	return n;
}

static void take_lows(const struct bins *bins, const size_t *low, size_t n, struct bins *ret_lows)
{
	ret_lows->n = n;
	for (size_t i = 0; i < n; i++) {
		ret_lows->t[i] = bins->t[low[i]];
		ret_lows->y[i] = bins->y[low[i]];
	}
}

/* From a low to the high before the next one, the median. */
static double typical_rise(const double *rest, const size_t *low, size_t n)
{
	double rise[CYCLES_MAX];

	for (size_t i = 0; i + 1 < n; i++) {
		double high = rest[low[i]];

		for (size_t j = low[i]; j < low[i + 1]; j++)
			high = fmax(high, rest[j]);
		rise[i] = high - rest[low[i]];
	}
	return median_in_place(rise, n - 1);
}

/* The lows of cycles as uneven as chance makes them, if these end where they began; or 0. */
static size_t find_uneven_lows(const struct bins *bins, struct bins *ret_lows)
{
	double rest[BINS_MAX], range, rise, squares = 0.0;
	size_t low[CYCLES_MAX], n = find_troughs(bins, FALL_MIN, 0.0, rest, &range, low);
	struct linefit line;

	if (n < LOWS_MIN || n > CYCLES_MAX)
		return 0;
	take_lows(bins, low, n, ret_lows);
	if (linefit(ret_lows->t, ret_lows->y, n, 0.95, &line) != 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		squares += pow(ret_lows->y[i] - linefit_at(&line, ret_lows->t[i]), 2);
	rise = typical_rise(rest, low, n);
	if (rise < RISE_MIN * fabs(line.mean_y) ||
		sqrt(squares / (double)(n - 2)) > LOWS_SCATTER_MAX * rise)
		return 0;
	return n;
}

static void cut(const double *t, const double *y, size_t n, double from, double to, double readings,
	struct bins *ret_bins)
{
	double count = fmin((to - from) / BIN_S, readings / BIN_READINGS);

	bins_low(t, y, n, from, to, (size_t)fmin(fmax(count, 1.0), BINS_MAX), ret_bins);
	bins_drop_empty(ret_bins);
}

/* The length of cycles that are too short to be told apart in the whole; 0: there are none. */
static double short_cycle(const double *t, const double *y, size_t n, double from, double to,
	double readings, double height_min)
{
	double length_s = (to - from) / PART, middle = 0.5 * (from + to);
	size_t low[CYCLES_MAX], found;
	struct bins bins;

	for (int part = 0; part < 2; part++, length_s /= PART) {
		cut(t, y, n, middle - length_s / 2.0, middle + length_s / 2.0,
			readings * length_s / (to - from), &bins);
		found = find_lows(&bins, height_min, low);
		if (found)
			return mean_length(&bins, low, found);
	}
	return 0.0;
}

size_t cycles_find(const double *t, const double *y, size_t n, double from, double to,
	double height_min, struct cycles *ret_cycles)
{
	struct cycles *cycles = ret_cycles;
	size_t low[CYCLES_MAX], found;
	double readings = 0.0, count;
	struct bins bins;

	for (size_t i = 0; i < n; i++)
		readings += t[i] >= from && t[i] <= to;
	*cycles = (struct cycles){.from = from, .to = to};
	cut(t, y, n, from, to, readings, &bins);
	found = find_lows(&bins, height_min, low);
	if (found) {
		cycles->even = true;
		cycles->length_s = mean_length(&bins, low, found);
		take_lows(&bins, low, found, &cycles->low);
		return found;
	}
	cycles->length_s = short_cycle(t, y, n, from, to, readings, height_min);
	if (!(cycles->length_s > 0.0))
		return find_uneven_lows(&bins, &cycles->low);
	cycles->even = true;
	count = fmin((to - from) / (STRETCH_CYCLES * cycles->length_s), CYCLES_MAX);
	cycles->length_s = (to - from) / floor(count);
	bins_low(t, y, n, from, to, (size_t)count, &cycles->low);
	bins_drop_empty(&cycles->low);
	return cycles->low.n;
}

/* Between two peaks there is a cycle as well as between two lows. */
double cycles_guess(
	const double *t, const double *y, size_t n, double from, double to, double height_min)
{
	double rest[BINS_MAX], range;
	size_t low[CYCLES_MAX], found;
	struct bins bins;

	bins_mean(t, y, n, from, to, BINS_MAX, &bins);
	bins_drop_empty(&bins);
	found = find_troughs(&bins, HALF, height_min, rest, &range, low);
	for (size_t i = 0; found < 2 && i < bins.n; i++)
		bins.y[i] = -bins.y[i];
	if (found < 2)
		found = find_troughs(&bins, HALF, height_min, rest, &range, low);
	return found >= 2 && found <= FEW_MAX ? mean_length(&bins, low, found) : NAN;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double cycles_tenths(const double *t, const double *y, size_t n, const struct cycles *cycles,
	struct bins *ret_tenths)
{
	double share[CYCLES_MAX];
	struct bins bins;

	ret_tenths->n = 0;
	for (size_t i = 0; i < cycles->low.n; i++) {
		/* a whole cycle's length about each low, whatever its form */
		double middle = fmin(fmax(cycles->low.t[i], cycles->from + cycles->length_s / 2.0),
			cycles->to - cycles->length_s / 2.0);
		double from = middle - cycles->length_s / 2.0, low, high, tenth;

		bins_mean(t, y, n, from, from + cycles->length_s, BINS_MAX, &bins);
		bins_drop_empty(&bins);
		if (bins.n < BINS_MIN ||
			(ret_tenths->n > 0 && !(middle > ret_tenths->t[ret_tenths->n - 1])))
			continue;
		qsort(bins.y, bins.n, sizeof(*bins.y), by_value);
		low = bins.y[0];
		high = bins.y[bins.n - 1];
		tenth = bins.y[(size_t)(TENTH * (double)bins.n)];
		share[ret_tenths->n] = high > low ? (tenth - low) / (high - low) : 0.0;
		ret_tenths->t[ret_tenths->n] = middle;
		ret_tenths->y[ret_tenths->n++] = tenth;
	}
	return median_in_place(share, ret_tenths->n);
}
