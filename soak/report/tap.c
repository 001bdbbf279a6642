/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TAP (testanything.org): a test for each rule, numbered over all runs. INCONCLUSIVE is "not ok",
 * as the exit code is not 0; NOT JUDGED is skipped.
 */
#include <stdlib.h>

#include "soak/report/report.h"
#include "soak/report/utf8.h"

/* One line; "#" would begin a directive. */
static void put_text(FILE *out, const char *text)
{
	char *clean = utf8_clean(text);

	for (const char *c = clean; c && *c; c++) {
		if (*c == '#' || *c == '\\')
			fputc('\\', out);
		fputc(*c == '\n' || *c == '\t' ? ' ' : *c, out);
	}
	free(clean);
}

static void put_comment(FILE *out, const char *text)
{
	if (!text[0])
		return;
	fputs("# ", out);
	put_text(out, text);
	fputc('\n', out);
}

static void put_test(
	FILE *out, const struct report *report, const struct report_rule *rule, size_t number)
{
	const struct rule_result *r = rule->result;
	bool good = r->verdict == VERDICT_PASS || r->verdict == VERDICT_NOT_JUDGED;

	fprintf(out, "%s %zu - ", good ? "ok" : "not ok", number);
	put_text(out, run_path(report->run));
	fprintf(out, ": %s", rule->name);
	if (r->verdict == VERDICT_NOT_JUDGED) {
		fputs(" # SKIP ", out);
		put_text(out, r->reason);
		fputc('\n', out);
		return;
	}
	if (r->verdict == VERDICT_INCONCLUSIVE)
		fputs(" (INCONCLUSIVE)", out);
	fputc('\n', out);
	put_comment(out, r->reason);
	put_comment(out, r->advice);
}

int report_tap(FILE *out, const struct report *reports, size_t n)
{
	size_t number = 0;

	for (size_t i = 0; i < n; i++) {
		struct report_rule rules[REPORT_RULES_MAX];
		size_t count = report_rules(&reports[i], rules);

		put_comment(out, report_title(&reports[i]));
		if (reports[i].baseline)
			put_comment(out, run_path(reports[i].baseline));
		for (size_t r = 0; r < count; r++)
			put_test(out, &reports[i], &rules[r], ++number);
		if (!report_beyond_rules(&reports[i]))
			continue;
		fprintf(out, "not ok %zu - ", ++number);
		put_text(out, run_path(reports[i].run));
		fputs(": run (INCONCLUSIVE)\n", out);
		put_comment(out, report_reason(&reports[i]));
	}
	fprintf(out, "1..%zu\n", number);
	return 0;
}
