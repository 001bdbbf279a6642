/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What grew over the steady window, mapping by mapping. Called by page.c. */
#include <errno.h>
#include <math.h>

#include "soak/judge/wording.h"
#include "soak/report/growth.h"
#include "soak/report/html.h"
#include "soak/report/page_parts.h"

static void put_amount(FILE *out, double bytes)
{
	fprintf(out, "%s%s", bytes > 0 ? "+" : "", say_bytes(bytes).text);
}

static void put_cells(FILE *out, const struct growth_part *part)
{
	fputs("<td>", out);
	put_amount(out, part->to - part->from);
	fputs("</td><td>", out);
	if (!isnan(part->per_h)) {
		put_amount(out, part->per_h);
		fputs(" [", out);
		put_amount(out, part->low);
		fputs(", ", out);
		put_amount(out, part->high);
		fputs("]", out);
	} else {
		fputs("-", out);
	}
	fprintf(out, "</td><td>%s</td>", say_bytes(part->from).text);
	fprintf(out, "<td>%s</td>", say_bytes(part->to).text);
}

static void put_part(FILE *out, const struct growth_part *part)
{
	struct html_collector name;

	fputs("<tr><th scope=\"row\">", out);
	if (html_collect(&name) == 0) {
		growth_print_part(name.out, part);
		html_collected(&name, out);
	}
	fputs("</th>", out);
	put_cells(out, part);
	fprintf(out, "<td>%.0f</td></tr>\n", part->mappings);
}

static bool changed(const struct growth_part *part)
{
	return part->to != part->from;
}

/* Parts come in descending order of change: the first are listed. */
static void put_table(FILE *out, const struct growth *growth)
{
	size_t listed = 0;

	fprintf(out,
		" From %s to %s, resident and swapped out, by %zu readings of the mappings; "
		"per hour by least squares, with its 95 %% interval</caption><thead><tr>"
		"<th scope=\"col\">held as</th><th scope=\"col\">grew</th>"
		"<th scope=\"col\">per hour [interval]</th><th scope=\"col\">from</th>"
		"<th scope=\"col\">to</th><th scope=\"col\">mappings</th></tr></thead>\n<tbody>",
		say_clock(growth->from_s).text, say_clock(growth->to_s).text, growth->readings);
	for (; listed < growth->count && listed < PAGE_ROWS_MAX && changed(&growth->parts[listed]);
		listed++)
		put_part(out, &growth->parts[listed]);
	fputs("</tbody><tfoot><tr><th scope=\"row\">all", out);
	if (growth->count > listed)
		fprintf(out,
			", with %zu that are not listed (<code>soak audit --growth --top 0</code>)",
			growth->count - listed);
	fputs("</th>", out);
	put_cells(out, &growth->sum);
	fputs("<td></td></tr></tfoot>", out);
}

static void put_run(FILE *out, const struct page *page, const struct page_run *run)
{
	const struct judgement *j = run->report->judgement;
	struct growth_options options = {{j->from_s, j->to_s}, PAGE_ROWS_MAX, 0.95};
	struct growth growth;
	int code = -ENODATA;

	if (j->from_s <= j->to_s)
		code = growth_measure(run->report->run, &options, &growth);
	if (code) {
		page_sentence(out, page, run,
			code == -ENOENT    ? "The mappings were not recorded."
			: code == -ENODATA ? "Mappings were not read twice in a steady window."
					   : "The mappings cannot be read.");
		return;
	}
	page_table(out, "What grew", "numeric");
	page_heading(out, page, run);
	put_table(out, &growth);
	page_table_end(out);
	growth_release(&growth);
}

void page_growth(FILE *out, const struct page *page)
{
	page_section_of_runs(out, page, "growth", "What grew", put_run);
}
