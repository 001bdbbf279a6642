/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The curves of a page, one lane below the other, as static SVG. Called by page.c. */
#include <math.h>
#include <string.h>

#include "soak/report/axis_ticks.h"
#include "soak/report/html.h"
#include "soak/report/page_curve.h"
#include "soak/report/page_parts.h"

#define LABELS_APART 25 /* of 1000 */

static void put_value_ticks(FILE *out, const struct page_curve *curve, const char *kind)
{
	struct axis_ticks ticks = axis_ticks_of_value(curve->lane, curve->axis);

	for (size_t i = 0; i < ticks.n; i++) {
		double y = page_curve_y(curve, ticks.at[i]);

		if (strcmp(kind, "grid") == 0)
			fprintf(out, "<path class=\"grid\" d=\"M0 %.1fH1000\"/>", y);
		else
			fprintf(out, "<span style=\"top:%.1f%%\">%s</span>", y,
				ticks.label[i].text);
	}
}

static void put_time_ticks(FILE *out, const struct page_curve *curve, const char *kind)
{
	struct axis_ticks ticks = axis_ticks_of_time(curve->end_s);

	for (size_t i = 0; i < ticks.n; i++) {
		double x = page_curve_x(curve, ticks.at[i]);

		if (strcmp(kind, "grid") == 0)
			fprintf(out, "<path class=\"grid\" d=\"M%.1f 0V100\"/>", x);
		else
			fprintf(out, "<span style=\"left:%.1f%%\">%s</span>", x / 10,
				ticks.label[i].text);
	}
}

/* Numbers of marks, as in the table of events, where there is room for them. */
static void put_mark_numbers(FILE *out, const struct page_curve *curve, const struct page_run *run)
{
	const struct run_event *events;
	size_t n = run_events(run->report->run, &events), number = 0;
	double last = -LABELS_APART;

	for (size_t e = 0; e < n && number < PAGE_EVENTS_MAX; e++) {
		double x = page_curve_x(curve, events[e].t_s);

		if (strcmp(events[e].kind, "mark") != 0)
			continue;
		number++;
		if (x - last < LABELS_APART)
			continue;
		last = x;
		fprintf(out, "<span style=\"left:%.1f%%\">%s%zu</span>", x / 10, run->name, number);
	}
}

static void put_figures(FILE *out, const struct lane *lane, const struct page_run *run)
{
	struct group_gauge steady = lane_steady(lane, &run->coarse);

	if (isnan(steady.mean))
		return;
	fprintf(out, "<span class=\"figures\">%s%s %s: mean <b>%s</b>", run->name,
		*run->name ? "," : "",
		figure_has_window(&run->coarse) ? "steady window" : "whole run",
		lane_say(lane, steady.mean).text);
	fprintf(out, ", least %s", lane_say(lane, steady.low).text);
	fprintf(out, ", greatest %s</span> ", lane_say(lane, steady.high).text);
}

static void put_svg(FILE *out, const struct page *page, const struct page_curve *curve)
{
	fprintf(out,
		"<svg viewBox=\"0 0 1000 100\" preserveAspectRatio=\"none\" role=\"img\" "
		"aria-label=\"Curve of %s over the time of the run; its figures stand above it\">",
		curve->lane->title);
	for (size_t i = 0; i < page->n && page->n == 1; i++)
		page_curve_windows(out, curve, &page->runs[i]);
	put_value_ticks(out, curve, "grid");
	put_time_ticks(out, curve, "grid");
	for (size_t i = 0; i < page->n; i++)
		page_curve_marks(out, curve, &page->runs[i]);
	for (size_t i = 0; i < page->n; i++)
		page_curve_draw(out, curve, &page->runs[i]);
	for (size_t i = 0; i < page->n; i++)
		page_curve_fit(out, curve, &page->runs[i], page->n == 1);
	fputs("</svg>", out);
}

static void put_lane(FILE *out, const struct page *page, const struct page_curve *curve)
{
	const struct lane *lane = curve->lane;

	fprintf(out,
		"<figure class=\"lane\" id=\"lane-%s\"><figcaption><h3>%s</h3> "
		"<span class=\"about\">%s</span> ",
		lane->id, lane->title, lane->about);
	for (size_t i = 0; i < page->n; i++)
		put_figures(out, lane, &page->runs[i]);
	fputs("<span class=\"read\"></span></figcaption>\n<div class=\"plot\"><div "
	      "class=\"still\"><div class=\"marks\" aria-hidden=\"true\">",
		out);
	for (size_t i = 0; i < page->n; i++)
		put_mark_numbers(out, curve, &page->runs[i]);
	fputs("</div><div class=\"values\" aria-hidden=\"true\">", out);
	put_value_ticks(out, curve, "label");
	fputs("</div>", out);
	put_svg(out, page, curve);
	fputs("<div class=\"times\" aria-hidden=\"true\">", out);
	put_time_ticks(out, curve, "label");
	fputs("</div></div></div></figure>\n", out);
}

#define KEY_LINE "path d=\"M0 8H40\""
#define KEY_AREA "rect width=\"40\" height=\"16\""
#define KEY_MOMENT "path d=\"M20 0V16\""

static void put_key(FILE *out, const char *shape, const char *kind, const char *meaning)
{
	fprintf(out,
		"<li><svg viewBox=\"0 0 40 16\" aria-hidden=\"true\"><%s class=\"%s\"/></svg> "
		"%s</li>",
		shape, kind, meaning);
}

static void put_keys_of_runs(FILE *out, const struct page *page)
{
	for (size_t i = 0; i < page->n; i++) {
		fprintf(out,
			"<li><svg viewBox=\"0 0 40 16\" aria-hidden=\"true\"><path class=\"line "
			"run-%s\" d=\"M0 8H40\"/></svg> ",
			page->runs[i].letter);
		page_heading(out, page, &page->runs[i]);
		fputs("</li>", out);
	}
}

static void put_keys(FILE *out, const struct page *page)
{
	fputs("<ul class=\"keys\" aria-label=\"Key\">", out);
	if (page->n > 1) {
		put_keys_of_runs(out, page);
		put_key(out, KEY_LINE, "fit run-A", "RSS as fitted, without LazyFree");
	} else {
		put_key(out, KEY_LINE, "line run-A", "mean");
		put_key(out, KEY_AREA, "band run-A", "least to greatest");
		put_key(out, KEY_AREA, "steady", "steady window");
		put_key(out, KEY_LINE, "fit run-A", "RSS as fitted, without LazyFree");
		put_key(out, KEY_LINE, "slope", "interval of its slope");
		put_key(out, KEY_LINE, "target", "growth that rss_drift allows");
		if (page->runs[0].report->judgement->excluded.n)
			put_key(out, KEY_AREA, "excluded", "excluded window");
	}
	put_key(out, KEY_MOMENT, "mark", "mark");
	fputs("</ul>\n", out);
}

bool page_has_lane(const struct page *page, const struct lane *lane)
{
	for (size_t i = 0; i < page->n; i++)
		if (lane_shown(lane, &page->runs[i].coarse))
			return true;
	return false;
}

void page_lanes(FILE *out, const struct page *page)
{
	const struct figure *figures[PAGE_RUNS_MAX];
	double end_s = 0;

	for (size_t i = 0; i < page->n; i++) {
		figures[i] = &page->runs[i].coarse;
		end_s = fmax(end_s, figures[i]->end_s);
	}
	fputs("<section id=\"curves\" aria-labelledby=\"h-curves\"><h2 id=\"h-curves\">Over "
	      "time</h2>\n",
		out);
	put_keys(out, page);
	fputs("<div id=\"controls\" hidden></div>\n", out);
	for (size_t i = 0; i < LANES; i++)
		if (page_has_lane(page, &lanes[i]))
			put_lane(out, page,
				&(struct page_curve){
					&lanes[i], lane_axis(&lanes[i], figures, page->n), end_s});
	fputs("</section>\n", out);
}
