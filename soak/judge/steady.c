/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the steady window: see steady.h. Called once per judgement. */
#include <math.h>
#include <stdio.h>

#include "soak/judge/steady.h"
#include "soak/judge/wording.h"
#include "soak/stats/bins.h"
#include "soak/stats/daily.h"
#include "soak/stats/mser.h"

#define SAMPLES_PER_BIN 3
#define TOLERANCE 1e-3
#define TOLERANCE_PAGES 2.0
/* A pace that stood within this of its later mean for so many bins had settled; then below half: an
 * outage. */
#define OUTAGE_NEAR 0.1
#define OUTAGE_BINS 3
#define OUTAGE_BELOW 0.5

/*
 * One sample of thousands does not show as a warm-up, but the loader's mappings are not a steady
 * state: in a run that can spare it the first second is never judged.
 */
#define LONG_RUN_S 30.0
#define LOADING_S 1.0

struct cut {
	double at_s; /* what comes before is warm-up */
	bool settled;
};

/*
 * Of a pace that seems to settle at bin `cut`: if it had been there before, for a few bins, and
 * then fell below half, that was an outage. What comes before it is no warm-up: returns the first
 * bin at that pace.
 */
static size_t before_outage(const struct bins *bins, size_t cut)
{
	double mean = 0.0, squares = 0.0, near;
	size_t steady = 0, first = 0;

	for (size_t i = cut; i < bins->n; i++)
		mean += (bins->y[i] - mean) / (double)(i - cut + 1);
	for (size_t i = cut; i < bins->n; i++)
		squares += (bins->y[i] - mean) * (bins->y[i] - mean);
	near = fmax(OUTAGE_NEAR * mean, 2.0 * sqrt(squares / (double)(bins->n - cut)));
	for (size_t i = 0; i < cut; i++) {
		if (steady >= OUTAGE_BINS && bins->y[i] < OUTAGE_BELOW * mean)
			return first;
		if (steady < OUTAGE_BINS)
			steady = fabs(bins->y[i] - mean) <= near ? steady + 1 : 0;
		if (steady == 1)
			first = i;
	}
	return cut;
}

static struct cut find_cut(struct bins *bins, double start_s, double tolerance_min, bool pace)
{
	struct cut cut = {.at_s = start_s, .settled = true};
	double level = 0.0;
	size_t drop;

	bins_drop_empty(bins);
	daily_take_out(bins->t, bins->y, bins->n);
	for (size_t i = 0; i < bins->n; i++)
		level += bins->y[i] / (double)bins->n;
	drop = mser_truncation(
		bins->y, bins->n, fmax(TOLERANCE * fabs(level), tolerance_min), &cut.settled);
	if (pace && drop > 0) {
		size_t before = before_outage(bins, drop);

		cut.settled |= before < drop;
		drop = before;
	}
	if (drop > 0)
		cut.at_s = 0.5 * (bins->t[drop - 1] + bins->t[drop]);
	return cut;
}

static void find_in_data(
	const struct judge_input *input, const double *resident_bytes, struct steady_window *window)
{
	double start = input->t_s[0], end = input->t_s[input->n - 1];
	struct cut ops = {.at_s = start, .settled = true}, rss = ops;
	size_t count = input->n / SAMPLES_PER_BIN;
	struct bins bins;
	const char *unsettled;

	if (input->series[SERIES_OPS]) {
		bins_rate(
			input->t_s, input->series[SERIES_OPS], input->n, start, end, count, &bins);
		ops = find_cut(&bins, start, 0.0, true);
	}
	if (resident_bytes) {
		bins_mean(input->t_s, resident_bytes, input->n, start, end, count, &bins);
		rss = find_cut(&bins, start, TOLERANCE_PAGES * input->page_bytes, false);
	}
	/* bins that lack readings must not push the cut beyond half of the run */
	window->from_s = fmin(fmax(ops.at_s, rss.at_s), 0.5 * (start + end));
	unsettled = !ops.settled && !rss.settled ? "ops rate and RSS"
		    : !rss.settled               ? "RSS"
						 : "ops rate";
	if (!ops.settled || !rss.settled)
		snprintf(window->how, sizeof(window->how),
			"never settled (%s): the second half of the run is judged", unsettled);
	else if (window->from_s <= start && end - start >= LONG_RUN_S) {
		window->from_s = start + LOADING_S;
		snprintf(window->how, sizeof(window->how),
			"found no warm-up in the data: all but the first second is judged");
	} else if (window->from_s <= start)
		snprintf(window->how, sizeof(window->how),
			"found no warm-up in the data: all of the run is judged");
	else
		snprintf(window->how, sizeof(window->how), "%s settled after %s (MSER)",
			ops.at_s >= rss.at_s ? "ops rate" : "RSS",
			say_duration(window->from_s - start).text);
}

struct steady_window steady_window_find(
	const struct judge_input *input, const double *resident_bytes)
{
	struct steady_window window = {.from_s = 0.0, .to_s = -1.0};
	size_t n = input->n;

	if (n < 2) {
		snprintf(window.how, sizeof(window.how), "%zu samples are too few for a window", n);
		return window;
	}
	window.from_s = input->t_s[0];
	window.to_s = input->t_s[n - 1];
	window.interval_s = (window.to_s - window.from_s) / (double)(n - 1);
	window.found = !(input->warmup_s >= 0.0);
	if (window.found) {
		find_in_data(input, resident_bytes, &window);
	} else {
		window.from_s = fmax(window.from_s, input->warmup_s);
		snprintf(window.how, sizeof(window.how), "the first %s left out as asked",
			say_duration(input->warmup_s).text);
	}
	while (window.first < n && input->t_s[window.first] < window.from_s)
		window.first++;
	window.samples = n - window.first;
	if (window.samples > 0)
		window.from_s = input->t_s[window.first];
	window.present = window.samples >= STEADY_SAMPLES_MIN &&
			 window.to_s - window.from_s >= STEADY_SECONDS_MIN;
	return window;
}
