/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Host and settings: of several runs first those that differ. Called by page.c. */
#include <string.h>

#include "soak/report/html.h"
#include "soak/report/page_parts.h"

/* These differ in any two runs, and explain nothing: they come last. */
static const char *const of_the_day[] = {
	"start_utc", "end_utc", "end_ns", "duration_s", "target_exit_pid", "attached", "round"};

static bool is_of_the_day(const char *key)
{
	for (size_t i = 0; i < sizeof(of_the_day) / sizeof(*of_the_day); i++)
		if (strcmp(key, of_the_day[i]) == 0)
			return true;
	return false;
}

static bool same_value(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool differs(const struct page *page, const char *key)
{
	for (size_t i = 1; i < page->n; i++)
		if (!same_value(run_fact(page->runs[0].report->run, key),
			    run_fact(page->runs[i].report->run, key)))
			return true;
	return false;
}

static void put_row(FILE *out, const struct page *page, const char *key)
{
	fputs("<tr><th scope=\"row\"><code>", out);
	html_text(out, key);
	fputs("</code></th>", out);
	for (size_t i = 0; i < page->n; i++) {
		fputs("<td>", out);
		html_text(out, run_fact(page->runs[i].report->run, key));
		fputs("</td>", out);
	}
	fputs("</tr>\n", out);
}

/* Is it the first run that has this fact? */
static bool is_first(const struct page *page, size_t run, const char *key)
{
	for (size_t i = 0; i < run; i++)
		if (run_fact(page->runs[i].report->run, key))
			return false;
	return true;
}

/* Those that differ or do not, and are of the day or are not. */
static void put_rows(FILE *out, const struct page *page, bool different, bool day)
{
	for (size_t i = 0; i < page->n; i++) {
		const char *key;

		for (size_t k = 0; (key = run_fact_key(page->runs[i].report->run, k)); k++)
			if (is_first(page, i, key) && differs(page, key) == different &&
				is_of_the_day(key) == day)
				put_row(out, page, key);
	}
}

static void put_table(FILE *out, const struct page *page, const char *caption, bool different)
{
	page_table(out, "Settings", "settings");
	fprintf(out, "%s</caption><thead><tr><th scope=\"col\">setting</th>", caption);
	for (size_t i = 0; i < page->n; i++) {
		fputs("<th scope=\"col\">", out);
		if (page->n > 1)
			page_heading(out, page, &page->runs[i]);
		else
			fputs("value", out);
		fputs("</th>", out);
	}
	fputs("</tr></thead>\n<tbody>", out);
	put_rows(out, page, different, false);
	put_rows(out, page, different, true);
	fputs("</tbody>", out);
	page_table_end(out);
}

void page_settings(FILE *out, const struct page *page)
{
	page_section(out, "settings", "Host and settings");
	if (page->n > 1)
		put_table(out, page, "What differs between the runs", true);
	put_table(out, page,
		page->n > 1 ? "What all runs have in common"
			    : "Facts about the run, as the recording has them",
		false);
	page_section_end(out);
}
