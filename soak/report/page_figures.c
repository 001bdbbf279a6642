/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures and verdicts of several runs, side by side. Called by page.c. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "soak/judge/run_figures.h"
#include "soak/judge/wording.h"
#include "soak/report/html.h"
#include "soak/report/page_parts.h"

#define SECONDS_PER_H 3600

static struct phrase say_calls(double per_op)
{
	struct phrase calls = {"-"};

	if (!isnan(per_op))
		snprintf(calls.text, sizeof(calls.text), "%.3g", per_op);
	return calls;
}

static double rss_growth(const struct run_figures *f, const struct judgement *j)
{
	(void)f;
	return j->drift_slope_bytes_per_s * SECONDS_PER_H;
}

static double calls_per_op(const struct run_figures *f, const struct judgement *j)
{
	(void)j;
	return f->ops > 0 ? f->churn_calls / f->ops : NAN;
}

#define FIGURE(field) offsetof(struct run_figures, field)

static const struct row {
	const char *name;
	struct phrase (*say)(double value);
	bool change;   /* is its change in per cent worth a number? */
	size_t figure; /* where it stands in struct run_figures, or ... */
	double (*value)(const struct run_figures *f, const struct judgement *j);
} rows[] = {
	{"RSS, mean", say_bytes, true, FIGURE(rss_mean_bytes)},
	{"RSS, highest", say_bytes, true, FIGURE(rss_high_bytes)},
	{"RSS, peak of the whole run", say_bytes, true, FIGURE(rss_peak_bytes)},
	{"RSS, growth per hour, as fitted", say_bytes, false, .value = rss_growth},
	{"allocator operations", say_rate, true, FIGURE(ops_per_s)},
	{"page faults", say_rate, true, FIGURE(faults_per_s)},
	{"calls that change the address space, per operation", say_calls, true,
		.value = calls_per_op},
};

enum { ROWS = sizeof(rows) / sizeof(*rows) };

static double value_of(
	const struct row *row, const struct run_figures *figures, const struct judgement *judgement)
{
	double value;

	if (row->value)
		return row->value(figures, judgement);
	memcpy(&value, (const char *)figures + row->figure, sizeof(value));
	return value;
}

static void put_change(FILE *out, const struct row *row, double a, double b)
{
	if (row->change && a > 0 && isfinite(b))
		fprintf(out, "<td>%+.3g %%</td>", 100 * (b - a) / a);
	else
		fputs("<td>-</td>", out);
}

static void put_values(FILE *out, const struct page *page)
{
	struct run_figures figures[PAGE_RUNS_MAX];
	double values[PAGE_RUNS_MAX];

	for (size_t i = 0; i < page->n; i++)
		figures[i] =
			run_figures(page->runs[i].report->run, page->runs[i].report->judgement);
	for (size_t r = 0; r < ROWS; r++) {
		fprintf(out, "<tr><th scope=\"row\">%s</th>", rows[r].name);
		for (size_t i = 0; i < page->n; i++) {
			values[i] =
				value_of(&rows[r], &figures[i], page->runs[i].report->judgement);
			fprintf(out, "<td>%s</td>", rows[r].say(values[i]).text);
		}
		if (page->n == 2)
			put_change(out, &rows[r], values[0], values[1]);
		fputs("</tr>\n", out);
	}
}

static void put_verdicts(FILE *out, const struct page *page)
{
	for (int rule = 0; rule < RULE_COUNT; rule++) {
		struct report_rule rules[REPORT_RULES_MAX];
		bool silent = true;

		for (size_t i = 0; i < page->n; i++) {
			report_rules(page->runs[i].report, rules);
			silent = silent && report_silent(&rules[rule]);
		}
		if (silent)
			continue;
		fprintf(out, "<tr><th scope=\"row\"><code>%s</code></th>", rules[rule].name);
		for (size_t i = 0; i < page->n; i++) {
			fputs("<td>", out);
			page_verdict_badge(
				out, page->runs[i].report->judgement->rules[rule].verdict);
			fputs("</td>", out);
		}
		fputs(page->n == 2 ? "<td></td></tr>\n" : "</tr>\n", out);
	}
}

void page_figures(FILE *out, const struct page *page)
{
	if (page->n == 1)
		return;
	page_section(out, "figures", "Side by side");
	page_table(out, "Figures", "numeric");
	fputs("Figures of the steady window, and the verdict of each rule</caption><thead><tr>"
	      "<th scope=\"col\">figure or rule</th>",
		out);
	for (size_t i = 0; i < page->n; i++) {
		fputs("<th scope=\"col\">", out);
		page_heading(out, page, &page->runs[i]);
		fputs("</th>", out);
	}
	fputs(page->n == 2 ? "<th scope=\"col\">change</th></tr></thead>\n<tbody>"
			   : "</tr></thead>\n<tbody>",
		out);
	put_values(out, page);
	put_verdicts(out, page);
	fputs("</tbody>", out);
	page_table_end(out);
	page_section_end(out);
}
