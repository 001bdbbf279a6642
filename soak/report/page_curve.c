/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws a lane as SVG: see page_curve.h. Called by page_lanes.c. */
#include <math.h>
#include <string.h>

#include "soak/report/page_curve.h"

enum { FIT_STEPS = 60 };

double page_curve_x(const struct page_curve *curve, double t_s)
{
	return 1000 * fmin(fmax(t_s / curve->end_s, 0), 1);
}

double page_curve_y(const struct page_curve *curve, double value)
{
	double share = (value - curve->axis.low) / (curve->axis.high - curve->axis.low);

	return 100 * (1 - fmin(fmax(share, -0.2), 1.2));
}

static void put_window(
	FILE *out, const struct page_curve *curve, const char *kind, double from_s, double to_s)
{
	double x = page_curve_x(curve, from_s);

	fprintf(out, "<rect class=\"%s\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"100\"/>", kind,
		x, page_curve_x(curve, to_s) - x);
}

void page_curve_windows(FILE *out, const struct page_curve *curve, const struct page_run *run)
{
	const struct judgement *j = run->report->judgement;

	if (figure_has_window(&run->coarse))
		put_window(out, curve, "steady", j->from_s, j->to_s);
	for (size_t i = 0; i < j->excluded.n; i++)
		put_window(out, curve, "excluded", j->excluded.window[i].from_s,
			j->excluded.window[i].to_s);
}

void page_curve_marks(FILE *out, const struct page_curve *curve, const struct page_run *run)
{
	const struct run_event *events;
	size_t n = run_events(run->report->run, &events), drawn = 0;

	for (size_t e = 0; e < n && drawn < PAGE_EVENTS_MAX; e++) {
		bool mark = strcmp(events[e].kind, "mark") == 0;

		if (!mark && strcmp(events[e].kind, "segment") != 0)
			continue;
		drawn++;
		fprintf(out, "<path class=\"%s\" d=\"M%.1f 0V100\"/>", mark ? "mark" : "segment",
			page_curve_x(curve, events[e].t_s));
	}
}

/* ---- curves ---------------------------------------------------------------------------------- */

/* Groups that one line leads through. */
struct stretch {
	size_t first, end;
};

static bool has_value(const struct page_curve *curve, const struct figure *f, size_t g)
{
	return !isnan(f->grouped[curve->lane->curve][g].mean);
}

/* The next one from group `g` on; empty: there is none. */
static struct stretch next_stretch(const struct page_curve *curve, const struct figure *f, size_t g)
{
	struct stretch stretch;

	while (g < f->groups && !has_value(curve, f, g))
		g++;
	stretch = (struct stretch){g, g};
	while (stretch.end < f->groups &&
		(stretch.end == g || !figure_gap_before(f, stretch.end * f->stride)) &&
		(curve->lane->slow || has_value(curve, f, stretch.end)))
		stretch.end++;
	return stretch;
}

static void put_point(FILE *out, const struct page_curve *curve, const struct figure *f, size_t g,
	double value, bool *begun)
{
	if (isnan(value))
		return;
	fprintf(out, "%s%.1f %.1f", *begun ? "L" : "M",
		page_curve_x(curve, figure_group_time(f, g)), page_curve_y(curve, value));
	*begun = true;
}

static void put_band(
	FILE *out, const struct page_curve *curve, const struct figure *f, struct stretch stretch)
{
	const struct group_gauge *groups = f->grouped[curve->lane->curve];
	bool begun = false;

	for (size_t g = stretch.first; g < stretch.end; g++)
		put_point(out, curve, f, g, groups[g].high, &begun);
	for (size_t g = stretch.end; g-- > stretch.first;)
		put_point(out, curve, f, g, groups[g].low, &begun);
	fputs("Z", out);
}

static void put_line(
	FILE *out, const struct page_curve *curve, const struct figure *f, struct stretch stretch)
{
	bool begun = false;

	for (size_t g = stretch.first; g < stretch.end; g++)
		put_point(out, curve, f, g, f->grouped[curve->lane->curve][g].mean, &begun);
	if (stretch.end == stretch.first + 1)
		fputs("h1", out); /* a lone reading */
}

typedef void put_stretch_fn(
	FILE *out, const struct page_curve *curve, const struct figure *f, struct stretch stretch);

static void put_path(FILE *out, const struct page_curve *curve, const struct page_run *run,
	const char *kind, put_stretch_fn *put)
{
	const struct figure *f = &run->coarse;
	struct stretch stretch = next_stretch(curve, f, 0);

	fprintf(out, "<path class=\"%s run-%s\" d=\"", kind, run->letter);
	for (; stretch.first < stretch.end; stretch = next_stretch(curve, f, stretch.end))
		put(out, curve, f, stretch);
	fputs("\"/>", out);
}

void page_curve_draw(FILE *out, const struct page_curve *curve, const struct page_run *run)
{
	if (!run->coarse.grouped[curve->lane->curve])
		return;
	if (run->coarse.stride > 1)
		put_path(out, curve, run, "band", put_band);
	put_path(out, curve, run, "line", put_line);
}

/* ---- what was fitted to RSS ------------------------------------------------------------------ */

enum fitted { FIT, LOW, HIGH, TARGET };

static double fitted_value(const struct figure_fit *fit, enum fitted which)
{
	return which == FIT    ? fit->fit
	       : which == LOW  ? fit->low
	       : which == HIGH ? fit->high
			       : fit->target;
}

static void put_fitted(FILE *out, const struct page_curve *curve, const struct page_run *run,
	const char *kind, enum fitted which)
{
	bool begun = false;

	fprintf(out, "<path class=\"%s run-%s\" d=\"", kind, run->letter);
	for (int i = 0; i <= FIT_STEPS; i++) {
		struct figure_fit fit = figure_fit(&run->coarse, (double)i / FIT_STEPS);
		double value = fitted_value(&fit, which);

		if (!isnan(value))
			fprintf(out, "%s%.1f %.1f", begun ? "L" : "M", page_curve_x(curve, fit.t_s),
				page_curve_y(curve, value));
		begun = !isnan(value);
	}
	fputs("\"/>", out);
}

void page_curve_fit(
	FILE *out, const struct page_curve *curve, const struct page_run *run, bool whole)
{
	if (curve->lane->curve != CURVE_RSS || !figure_has_window(&run->coarse) ||
		isnan(run->report->judgement->drift_intercept_bytes))
		return;
	if (whole) {
		put_fitted(out, curve, run, "slope", LOW);
		put_fitted(out, curve, run, "slope", HIGH);
		put_fitted(out, curve, run, "target", TARGET);
	}
	put_fitted(out, curve, run, "fit", FIT);
}
