/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The curves of a page as JSON, for page.js, which says what it expects. Called by page.c. */
#include <math.h>
#include <string.h>

#include "soak/report/html.h"
#include "soak/report/lanes.h"
#include "soak/report/page_parts.h"

enum { FIT_STEPS = 100 };

/* Before a group that follows a gap stands a time without values: no line leads there. */
typedef double point_fn(const struct figure *f, const struct group_gauge *groups, size_t g);

static double time_of(const struct figure *f, const struct group_gauge *groups, size_t g)
{
	(void)groups;
	return figure_group_time(f, g);
}

static double low_of(const struct figure *f, const struct group_gauge *groups, size_t g)
{
	(void)f;
	return groups[g].low;
}

static double mean_of(const struct figure *f, const struct group_gauge *groups, size_t g)
{
	(void)f;
	return groups[g].mean;
}

static double high_of(const struct figure *f, const struct group_gauge *groups, size_t g)
{
	(void)f;
	return groups[g].high;
}

static void put_points(
	FILE *out, const struct figure *f, const struct group_gauge *groups, point_fn *point)
{
	fputc('[', out);
	for (size_t g = 0; g < f->groups; g++) {
		size_t first = g * f->stride;

		if (g)
			fputc(',', out);
		if (figure_gap_before(f, first)) {
			html_json_number(
				out, groups ? NAN : (f->t_s[first - 1] + f->t_s[first]) / 2);
			fputc(',', out);
		}
		html_json_number(out, point(f, groups, g));
	}
	fputc(']', out);
}

static void put_curves(FILE *out, const struct figure *f)
{
	bool any = false;

	fputs("\"lanes\":{", out);
	for (size_t i = 0; i < LANES; i++) {
		const struct group_gauge *groups = f->grouped[lanes[i].curve];

		if (!groups)
			continue;
		fprintf(out, "%s\"%s\":[", any ? ",\n" : "", lanes[i].id);
		put_points(out, f, groups, low_of);
		fputc(',', out);
		put_points(out, f, groups, mean_of);
		fputc(',', out);
		put_points(out, f, groups, high_of);
		fputc(']', out);
		any = true;
	}
	fputc('}', out);
}

static void put_fit(FILE *out, const struct figure *f)
{
	bool fitted = figure_has_window(f) && !isnan(f->judgement->drift_intercept_bytes);

	fputs("\"fit\":[", out);
	for (int i = 0; fitted && i <= FIT_STEPS; i++) {
		struct figure_fit fit = figure_fit(f, (double)i / FIT_STEPS);
		double row[] = {fit.t_s, fit.fit, fit.low, fit.high, fit.target};

		for (size_t c = 0; c < sizeof(row) / sizeof(*row); c++) {
			fputs(c ? "," : i ? ",[" : "[", out);
			html_json_number(out, row[c]);
		}
		fputc(']', out);
	}
	fputs("],", out);
}

static void put_marks(FILE *out, struct run *run)
{
	const struct run_event *events;
	size_t n = run_events(run, &events), marks = 0;

	fputs("\"marks\":[", out);
	for (size_t e = 0; e < n && marks < PAGE_EVENTS_MAX; e++) {
		if (strcmp(events[e].kind, "mark") != 0)
			continue;
		fputs(marks++ ? ",[" : "[", out);
		html_json_number(out, events[e].t_s);
		fputc(',', out);
		html_json_string(out, events[e].text);
		fputc(']', out);
	}
	fputs("],", out);
}

static void put_excluded(FILE *out, const struct judge_excluded *excluded)
{
	fputs("\"excluded\":[", out);
	for (size_t i = 0; i < excluded->n; i++) {
		fputs(i ? ",[" : "[", out);
		html_json_number(out, excluded->window[i].from_s);
		fputc(',', out);
		html_json_number(out, excluded->window[i].to_s);
		fputc(']', out);
	}
	fputs("],", out);
}

static void put_run(FILE *out, const struct page_run *run)
{
	const struct figure *f = &run->fine;
	const struct judgement *j = f->judgement;

	fprintf(out, "{\"name\":\"%s\",\"from\":", run->name);
	html_json_number(out, figure_has_window(f) ? j->from_s : NAN);
	fputs(",\"to\":", out);
	html_json_number(out, figure_has_window(f) ? j->to_s : NAN);
	fputc(',', out);
	put_excluded(out, &j->excluded);
	put_marks(out, f->run);
	put_fit(out, f);
	fputs("\"t\":", out);
	put_points(out, f, NULL, time_of);
	fputs(",\n", out);
	put_curves(out, f);
	fputc('}', out);
}

static void put_lane(FILE *out, const struct lane *lane, struct lane_axis axis)
{
	static const char *const units[] = {"bytes", "rate", "cores", "count"};

	fprintf(out, "{\"id\":\"%s\",\"title\":", lane->id);
	html_json_string(out, lane->title);
	fprintf(out, ",\"unit\":\"%s\",\"slow\":%s,\"axis\":[", units[lane->unit],
		lane->slow ? "true" : "false");
	html_json_number(out, axis.low);
	fputc(',', out);
	html_json_number(out, axis.high);
	fputs("]}", out);
}

void page_data(FILE *out, const struct page *page)
{
	const struct figure *figures[PAGE_RUNS_MAX];
	double end_s = 0;
	bool any = false;

	fputs("<script type=\"application/json\" id=\"data\">{\"runs\":[", out);
	for (size_t i = 0; i < page->n; i++) {
		fputs(i ? ",\n" : "", out);
		put_run(out, &page->runs[i]);
		figures[i] = &page->runs[i].coarse;
		end_s = fmax(end_s, page->runs[i].fine.end_s);
	}
	fputs("],\n\"lanes\":[", out);
	for (size_t i = 0; i < LANES; i++) {
		if (!page_has_lane(page, &lanes[i]))
			continue;
		fputs(any ? ",\n" : "", out);
		put_lane(out, &lanes[i], lane_axis(&lanes[i], figures, page->n));
		any = true;
	}
	fputs("],\"end\":", out);
	html_json_number(out, end_s);
	fputs("}</script>\n", out);
}
