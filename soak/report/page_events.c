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
		page_sentence(out, page, run, "There were none.");
		return;
	}
	page_table(out, "Events", "events");
	page_heading(out, page, run);
	fprintf(out,
		" %zu event%s; the numbers of marks are those above the curves</caption><thead><tr>"
		"<th scope=\"col\">time</th><th scope=\"col\">kind</th>"
		"<th scope=\"col\">text</th></tr></thead>\n<tbody>",
		n, n == 1 ? "" : "s");
	put_rows(out, events, n, run->name);
	fputs("</tbody>", out);
	page_table_end(out);
}

void page_events(FILE *out, const struct page *page)
{
	page_section_of_runs(out, page, "events", "Events and marks", put_run);
}
