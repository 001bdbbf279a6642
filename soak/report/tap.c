/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TAP (testanything.org): a test for each rule, numbered over all runs. INCONCLUSIVE is "not ok",
 * as the exit code is not 0, unless the caller wants it otherwise; NOT JUDGED is skipped.
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

static bool skipped(const struct report *report, enum verdict verdict)
{
	return verdict == VERDICT_NOT_JUDGED ||
	       (verdict == VERDICT_INCONCLUSIVE && report->inconclusive == INCONCLUSIVE_SKIP);
}

static bool good(const struct report *report, enum verdict verdict)
{
	return verdict == VERDICT_PASS || skipped(report, verdict) ||
	       (verdict == VERDICT_INCONCLUSIVE && report->inconclusive == INCONCLUSIVE_PASS);
}

static void put_test(FILE *out, const struct report *report, const char *name, enum verdict verdict,
	const char *reason, size_t number)
{
	bool undecided = verdict == VERDICT_INCONCLUSIVE;

	fprintf(out, "%s %zu - ", good(report, verdict) ? "ok" : "not ok", number);
	put_text(out, run_path(report->run));
	fprintf(out, ": %s", name);
	if (skipped(report, verdict)) {
		fprintf(out, " # SKIP %s", undecided ? "INCONCLUSIVE: " : "");
		put_text(out, reason);
		fputc('\n', out);
		return;
	}
	fputs(undecided ? " (INCONCLUSIVE)\n" : "\n", out);
	put_comment(out, reason);
}

static void put_rule(FILE *out, const struct report *report, const char *name,
	const struct rule_result *result, size_t number)
{
	put_test(out, report, name, result->verdict, text_of(&result->reason), number);
	if (!skipped(report, result->verdict))
		put_comment(out, text_of(&result->advice));
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
			put_rule(out, &reports[i], rules[r].name, rules[r].result, ++number);
		if (report_beyond_rules(&reports[i]))
			put_test(out, &reports[i], "run", report_verdict(&reports[i]),
				report_reason(&reports[i]), ++number);
	}
	fprintf(out, "1..%zu\n", number);
	return 0;
}
