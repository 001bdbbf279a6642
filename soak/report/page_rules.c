/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of each run as a table. Called by page.c. */
#include <math.h>

#include "soak/report/html.h"
#include "soak/report/page_parts.h"

/* What failed comes first, then what is not known. */
static const enum verdict order[] = {
	VERDICT_FAIL, VERDICT_INCONCLUSIVE, VERDICT_PASS, VERDICT_NOT_JUDGED};

static void put_rule(FILE *out, const struct report_rule *rule)
{
	const struct rule_result *r = rule->result;

	fputs("<tr><td>", out);
	page_verdict_badge(out, r->verdict);
	fprintf(out, "</td><th scope=\"row\"><code>%s</code><small>%s</small></th><td>", rule->name,
		rule->help);
	html_text(out, report_figures(rule).text);
	fputs("</td><td>", out);
	html_format(out, "%.3g %s", r->target, rule->unit);
	fputs("</td><td>", out);
	page_reason(out, r);
	fputs("</td></tr>\n", out);
}

static void put_table(FILE *out, const struct page *page, const struct page_run *run)
{
	struct report_rule rules[REPORT_RULES_MAX];
	size_t n = report_rules(run->report, rules);

	page_table(out, "Rules", "rules");
	page_heading(out, page, run);
	fputs(" Each rule: its verdict, the estimate with its interval, and the target</caption>"
	      "<thead><tr><th scope=\"col\">verdict</th><th scope=\"col\">rule</th>"
	      "<th scope=\"col\">estimate [interval]</th><th scope=\"col\">target</th>"
	      "<th scope=\"col\">reason and advice</th></tr></thead>\n<tbody>",
		out);
	for (size_t v = 0; v < sizeof(order) / sizeof(*order); v++)
		for (size_t i = 0; i < n; i++)
			if (rules[i].result->verdict == order[v] && !report_silent(&rules[i]))
				put_rule(out, &rules[i]);
	fputs("</tbody>", out);
	page_table_end(out);
}

void page_rules(FILE *out, const struct page *page)
{
	page_section_of_runs(out, page, "rules", "Rules", put_table);
}
