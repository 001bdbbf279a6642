/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events and marks of each run. Called by page.c. */
#include <string.h>

#include "soak/judge/wording.h"
#include "soak/report/html.h"
#include "soak/report/page_parts.h"

static void put_rows(FILE *out, const struct run_event *events, size_t n, const char *name)
{
	size_t marks = 0;

	for (size_t e = 0; e < n && e < PAGE_EVENTS_MAX; e++) {
		bool mark = strcmp(events[e].kind, "mark") == 0;

		fprintf(out, "<tr><td>%s</td><td>", say_clock(events[e].t_s).text);
		html_text(out, events[e].kind);
		if (mark)
			fprintf(out, " %s%zu", name, ++marks);
		fputs("</td><td>", out);
		html_text(out, events[e].text);
		fputs("</td></tr>\n", out);
	}
	if (n > PAGE_EVENTS_MAX)
		fprintf(out,
			"<tr><td colspan=\"3\">and %zu more: <code>soak export --table "
			"events</code></td></tr>\n",
			n - PAGE_EVENTS_MAX);
}

static void put_run(FILE *out, const struct page *page, const struct page_run *run)
{
	const struct run_event *events;
	size_t n = run_events(run->report->run, &events);

	if (!n) {
		fputs("<p>", out);
		page_heading(out, page, run);
		fputs(" There were none.</p>\n", out);
		return;
	}
	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Events\"><table "
	      "class=\"events\"><caption>",
		out);
	page_heading(out, page, run);
	fprintf(out,
		" %zu event%s; the numbers of marks are those above the curves</caption><thead><tr>"
		"<th scope=\"col\">time</th><th scope=\"col\">kind</th>"
		"<th scope=\"col\">text</th></tr></thead>\n<tbody>",
		n, n == 1 ? "" : "s");
	put_rows(out, events, n, run->name);
	fputs("</tbody></table></div>\n", out);
}

void page_events(FILE *out, const struct page *page)
{
	fputs("<section id=\"events\" aria-labelledby=\"h-events\"><h2 id=\"h-events\">Events and "
	      "marks</h2>\n",
		out);
	for (size_t i = 0; i < page->n; i++)
		put_run(out, page, &page->runs[i]);
	fputs("</section>\n", out);
}
