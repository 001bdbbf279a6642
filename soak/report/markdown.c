/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Markdown (GitHub's, with tables) for a pull request: a headline and a table for each run. */
#include "soak/judge/wording.h"
#include "soak/report/escape.h"
#include "soak/report/report.h"

static void put_rule(FILE *out, const struct report_rule *rule)
{
	const struct rule_result *r = rule->result;

	fprintf(out, "| %s %s | `%s` | ", verdict_symbol(r->verdict), verdict_name(r->verdict),
		rule->name);
	put_markdown(out, report_figures(rule).text);
	fprintf(out, " | %.3g %s | ", r->target, rule->unit);
	put_markdown(out, text_of(&r->reason));
	if (r->advice.length) {
		fputs("<br>→ ", out);
		put_markdown(out, text_of(&r->advice));
	}
	fputs(" |\n", out);
}

static void put_report(FILE *out, const struct report *report)
{
	struct report_rule rules[REPORT_RULES_MAX];
	size_t n = report_rules(report, rules);
	struct report_label label = report_label(report);

	fprintf(out, "### %s soak: %s\n\n**", verdict_symbol(report_verdict(report)),
		verdict_name(report_verdict(report)));
	put_markdown(out, report_title(report));
	fputs("** (", out);
	put_markdown(out, label.text);
	fprintf(out, "%s%s): ", label.text[0] ? ", " : "",
		say_clock(run_fact_number(report->run, "duration_s", 0)).text);
	put_markdown(out, report_reason(report));
	fputs("\n\n| verdict | rule | estimate [95 % interval] | target | reason |\n"
	      "|---|---|---|---|---|\n",
		out);
	for (size_t i = 0; i < n; i++)
		if (!report_silent(&rules[i]))
			put_rule(out, &rules[i]);
	fputs("\n<sub>", out);
	put_markdown(out, run_path(report->run));
	if (report->baseline) {
		fputs(" against ", out);
		put_markdown(out, run_path(report->baseline));
	}
	fputs("</sub>\n\n", out);
}

int report_markdown(FILE *out, const struct report *reports, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_report(out, &reports[i]);
	return 0;
}
