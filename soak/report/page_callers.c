/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which functions made the system calls that change the address space. Called by page.c. */
#include <math.h>
#include <string.h>

#include "soak/judge/wording.h"
#include "soak/report/audit.h"
#include "soak/report/html.h"
#include "soak/report/page_parts.h"

struct callers {
	FILE *out;
	size_t rows;
	int64_t calls, unlisted;
};

static void put_row(void *context, const struct account_row *row)
{
	struct callers *callers = context;
	struct html_collector name;
	FILE *out = callers->out;

	callers->calls += row->calls;
	if (callers->rows++ >= PAGE_ROWS_MAX) {
		callers->unlisted += row->calls;
		return;
	}
	fputs("<tr><th scope=\"row\">", out);
	if (html_collect(&name) == 0) {
		audit_print_caller(name.out, row);
		html_collected(&name, out);
	}
	fputs("</th><td>", out);
	html_text(out, row->syscall);
	if (row->kind && *row->kind)
		html_format(out, ": %s", row->kind);
	fprintf(out, "</td><td>%s</td><td>%lld</td><td>%s</td><td>%s to %s</td></tr>\n",
		row->phase ? row->phase : "", (long long)row->calls, say_bytes(row->bytes).text,
		say_clock(row->first_s).text, say_clock(row->last_s).text);
}

static int put_rows(struct callers *callers, const struct page_run *run)
{
	unsigned int keys = 1u << ACCOUNT_PHASE | 1u << ACCOUNT_SYSCALL | 1u << ACCOUNT_KIND |
			    1u << ACCOUNT_CALLER;
	struct account_bounds bounds = audit_bounds(run->report->run, run->report->judgement);
	int code = run_account(run->report->run, &bounds, keys, PHASE_STEADY, put_row, callers);

	for (int phase = 0; !code && phase < PHASE_COUNT; phase++)
		if (phase != PHASE_STEADY)
			code = run_account(
				run->report->run, &bounds, keys, phase, put_row, callers);
	return code;
}

static void put_run(FILE *out, const struct page *page, const struct page_run *run)
{
	struct callers callers = {.out = out};

	if (!run_account_has(run->report->run, 1u << ACCOUNT_CALLER)) {
		page_sentence(out, page, run, "No callers were recorded.");
		return;
	}
	page_table(out, "Callers", "callers");
	page_heading(out, page, run);
	fputs(" Calls of the steady window come first: only these count for the rules"
	      "</caption><thead><tr><th scope=\"col\">caller</th><th scope=\"col\">call</th>"
	      "<th scope=\"col\">phase</th><th scope=\"col\">calls</th>"
	      "<th scope=\"col\">bytes</th><th scope=\"col\">seen</th></tr></thead>\n<tbody>",
		out);
	if (put_rows(&callers, run) != 0)
		fputs("<tr><td colspan=\"6\">The calls cannot be read.</td></tr>", out);
	fprintf(out, "</tbody><tfoot><tr><th scope=\"row\" colspan=\"3\">all");
	if (callers.unlisted)
		fprintf(out, ", with %lld that are not listed (<code>soak audit --top 0</code>)",
			(long long)callers.unlisted);
	fprintf(out, "</th><td>%lld</td><td></td><td></td></tr></tfoot>", (long long)callers.calls);
	page_table_end(out);
}

void page_callers(FILE *out, const struct page *page)
{
	page_section_of_runs(out, page, "callers", "Who made the system calls", put_run);
}
