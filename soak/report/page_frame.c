/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of a page have in common. Called by the files page_NAME.c. */
#include "soak/report/html.h"
#include "soak/report/page_parts.h"

void page_section(FILE *out, const char *id, const char *title)
{
	fprintf(out, "<section id=\"%s\" aria-labelledby=\"h-%s\"><h2 id=\"h-%s\">%s</h2>\n", id,
		id, id, title);
}

void page_section_end(FILE *out)
{
	fputs("</section>\n", out);
}

void page_section_of_runs(
	FILE *out, const struct page *page, const char *id, const char *title, page_put_fn *put)
{
	page_section(out, id, title);
	for (size_t i = 0; i < page->n; i++)
		put(out, page, &page->runs[i]);
	page_section_end(out);
}

void page_sentence(
	FILE *out, const struct page *page, const struct page_run *run, const char *sentence)
{
	fputs("<p>", out);
	page_heading(out, page, run);
	fprintf(out, " %s</p>\n", sentence);
}

void page_table(FILE *out, const char *label, const char *class)
{
	fprintf(out,
		"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">"
		"<table class=\"%s\"><caption>",
		label, class);
}

void page_table_end(FILE *out)
{
	fputs("</table></div>\n", out);
}

void page_reason(FILE *out, const struct rule_result *result)
{
	html_text(out, text_of(&result->reason));
	if (!result->advice.length)
		return;
	fputs(" <span class=\"advice\">→ ", out);
	html_text(out, text_of(&result->advice));
	fputs("</span>", out);
}
