/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Markdown (GitHub's, with tables) for a pull request: a headline and a table for each run. */
#include <stdlib.h>
#include <string.h>

#include "soak/judge/wording.h"
#include "soak/report/report.h"
#include "soak/report/utf8.h"

/* On one line, as itself: neither markup nor HTML nor the end of a cell. */
static void put_text(FILE *out, const char *text)
{
	char *clean = utf8_clean(text);

	for (const char *c = clean; c && *c; c++) {
		if (*c == '<' || *c == '>' || *c == '&' || *c == '@')
			fprintf(out, "&#%d;", *c);
		else if (*c == '\n' || *c == '\t')
			fputc(' ', out);
		else if (strchr("\\`*_[]#|~$", *c))
			fprintf(out, "\\%c", *c);
		else
			fputc(*c, out);
	}
	free(clean);
}

static const char *symbol(enum verdict verdict)
{
	return verdict == VERDICT_PASS           ? "✅"
	       : verdict == VERDICT_FAIL         ? "❌"
	       : verdict == VERDICT_INCONCLUSIVE ? "❔"
						 : "➖";
}

static void put_rule(FILE *out, const struct report_rule *rule)
{
	const struct rule_result *r = rule->result;

	fprintf(out, "| %s %s | `%s` | ", symbol(r->verdict), verdict_name(r->verdict), rule->name);
	put_text(out, report_figures(rule).text);
	fprintf(out, " | %.3g %s | ", r->target, rule->unit);
	put_text(out, text_of(&r->reason));
	if (r->advice.length) {
		fputs("<br>→ ", out);
		put_text(out, text_of(&r->advice));
	}
	fputs(" |\n", out);
}

static void put_report(FILE *out, const struct report *report)
{
	struct report_rule rules[REPORT_RULES_MAX];
	size_t n = report_rules(report, rules);

	fprintf(out, "### %s soak: %s\n\n**", symbol(report_verdict(report)),
		verdict_name(report_verdict(report)));
	put_text(out, report_title(report));
	fprintf(out, "** (%s): ", say_clock(run_fact_number(report->run, "duration_s", 0)).text);
	put_text(out, report_reason(report));
	fputs("\n\n| verdict | rule | estimate [95 % interval] | target | reason |\n"
	      "|---|---|---|---|---|\n",
		out);
	for (size_t i = 0; i < n; i++)
		if (!report_silent(&rules[i]))
			put_rule(out, &rules[i]);
	fputs("\n<sub>", out);
	put_text(out, run_path(report->run));
	if (report->baseline) {
		fputs(" against ", out);
		put_text(out, run_path(report->baseline));
	}
	fputs("</sub>\n\n", out);
}

int report_markdown(FILE *out, const struct report *reports, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_report(out, &reports[i]);
	return 0;
}
