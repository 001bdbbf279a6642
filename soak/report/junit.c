/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JUnit XML, as Jenkins, GitLab, GitHub actions and pytest's readers take it: a testsuite for each
 * run, a testcase for each rule.
 *
 * FAIL is a failure. INCONCLUSIVE is an error, JUnit's word for a test that could not be carried
 * out: the exit code is not 0 either; unless the caller wants it to be a failure, a pass, or
 * skipped. NOT JUDGED is skipped.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "soak/report/report.h"
#include "soak/report/utf8.h"

static void put_text(FILE *out, const char *text)
{
	char *clean = utf8_clean(text);

	for (const char *c = clean; c && *c; c++) {
		switch (*c) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\t':
		case '\n':
			fprintf(out, "&#%d;", *c); /* a reader makes spaces of bare ones */
			break;
		default:
			fputc(*c, out);
		}
	}
	free(clean);
}

static void put_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	put_text(out, value);
	fputc('"', out);
}

struct counts {
	size_t tests, failures, errors, skipped;
};

enum case_outcome { PASSED, FAILURE, ERROR, SKIPPED };

static enum case_outcome outcome_of(const struct report *report, enum verdict verdict)
{
	static const enum case_outcome inconclusive[] = {[INCONCLUSIVE_ITSELF] = ERROR,
		[INCONCLUSIVE_FAIL] = FAILURE,
		[INCONCLUSIVE_PASS] = PASSED,
		[INCONCLUSIVE_SKIP] = SKIPPED};

	switch (verdict) {
	case VERDICT_PASS:
		return PASSED;
	case VERDICT_FAIL:
		return FAILURE;
	case VERDICT_NOT_JUDGED:
		return SKIPPED;
	default:
		return inconclusive[report->inconclusive];
	}
}

static void count_one(const struct report *report, enum verdict verdict, struct counts *counts)
{
	enum case_outcome outcome = outcome_of(report, verdict);

	counts->tests++;
	counts->failures += outcome == FAILURE;
	counts->errors += outcome == ERROR;
	counts->skipped += outcome == SKIPPED;
}

static void count(const struct report *report, struct counts *counts)
{
	struct report_rule rules[REPORT_RULES_MAX];
	size_t n = report_rules(report, rules);

	for (size_t i = 0; i < n; i++)
		count_one(report, rules[i].result->verdict, counts);
	if (report_beyond_rules(report))
		count_one(report, report_verdict(report), counts);
}

static void put_counts(FILE *out, const struct counts *counts)
{
	fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"",
		counts->tests, counts->failures, counts->errors, counts->skipped);
}

static void put_outcome(FILE *out, const struct report *report, enum verdict verdict,
	const char *reason, const char *advice)
{
	static const char *const elements[] = {
		[FAILURE] = "failure", [ERROR] = "error", [SKIPPED] = "skipped"};
	enum case_outcome outcome = outcome_of(report, verdict);
	bool undecided = verdict == VERDICT_INCONCLUSIVE;

	if (outcome == PASSED) {
		fputs(">\n      <system-out>", out);
		put_text(out, undecided ? "INCONCLUSIVE: " : "");
		put_text(out, reason);
		fputs("</system-out>\n    </testcase>\n", out);
		return;
	}
	fprintf(out, ">\n      <%s message=\"%s", elements[outcome],
		undecided && outcome == SKIPPED ? "INCONCLUSIVE: " : "");
	put_text(out, reason);
	fputc('"', out);
	if (outcome != SKIPPED)
		put_attribute(out, "type", verdict_name(verdict));
	fputc('>', out);
	put_text(out, advice);
	fprintf(out, "</%s>\n    </testcase>\n", elements[outcome]);
}

static void put_case(FILE *out, const struct report *report, const struct report_rule *rule)
{
	const struct rule_result *r = rule->result;

	fputs("    <testcase", out);
	put_attribute(out, "classname", report_title(report));
	put_attribute(out, "name", rule->name);
	put_outcome(out, report, r->verdict, text_of(&r->reason), text_of(&r->advice));
}

static void put_suite(FILE *out, const struct report *report)
{
	static const char *const keys[] = {"allocator", "allocator_version", "host", "kernel"};
	struct report_rule rules[REPORT_RULES_MAX];
	size_t n = report_rules(report, rules);
	struct counts counts = {0};

	count(report, &counts);
	fputs("  <testsuite", out);
	put_attribute(out, "name", run_path(report->run));
	put_counts(out, &counts);
	fprintf(out, " time=\"%.3f\"", run_fact_number(report->run, "duration_s", 0));
	/* Schemas want no zone. */
	if (run_fact(report->run, "start_utc"))
		fprintf(out, " timestamp=\"%.19s\"", run_fact(report->run, "start_utc"));
	fputs(">\n    <properties>\n", out);
	for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++) {
		const char *fact = run_fact(report->run, keys[k]);

		if (!fact)
			continue;
		fputs("      <property", out);
		put_attribute(out, "name", keys[k]);
		put_attribute(out, "value", fact);
		fputs("/>\n", out);
	}
	if (report->baseline) {
		fputs("      <property name=\"baseline\"", out);
		put_attribute(out, "value", run_path(report->baseline));
		fputs("/>\n", out);
	}
	fputs("    </properties>\n", out);
	for (size_t i = 0; i < n; i++)
		put_case(out, report, &rules[i]);
	if (report_beyond_rules(report)) {
		fputs("    <testcase", out);
		put_attribute(out, "classname", report_title(report));
		put_attribute(out, "name", "run");
		put_outcome(out, report, report_verdict(report), report_reason(report), "");
	}
	fputs("  </testsuite>\n", out);
}

int report_junit(FILE *out, const struct report *reports, size_t n)
{
	struct counts counts = {0};

	for (size_t i = 0; i < n; i++)
		count(&reports[i], &counts);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"soak check\"", out);
	put_counts(out, &counts);
	fputs(">\n", out);
	for (size_t i = 0; i < n; i++)
		put_suite(out, &reports[i]);
	fputs("</testsuites>\n", out);
	return 0;
}
