/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JUnit XML, as Jenkins, GitLab, GitHub actions and pytest's readers take it: a testsuite for each
 * run, a testcase for each rule.
 *
 * FAIL is a failure. INCONCLUSIVE is an error, JUnit's word for a test that could not be carried
 * out: the exit code is not 0 either. NOT JUDGED is skipped.
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

static void count(const struct report *report, struct counts *counts)
{
	struct report_rule rules[REPORT_RULES_MAX];
	size_t n = report_rules(report, rules);

	for (size_t i = 0; i < n; i++) {
		enum verdict verdict = rules[i].result->verdict;

		counts->tests++;
		counts->failures += verdict == VERDICT_FAIL;
		counts->errors += verdict == VERDICT_INCONCLUSIVE;
		counts->skipped += verdict == VERDICT_NOT_JUDGED;
	}
	counts->tests += report_beyond_rules(report);
	counts->errors += report_beyond_rules(report);
}

static void put_counts(FILE *out, const struct counts *counts)
{
	fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"",
		counts->tests, counts->failures, counts->errors, counts->skipped);
}

static void put_outcome(FILE *out, enum verdict verdict, const char *reason, const char *advice)
{
	static const char *const elements[] = {[VERDICT_FAIL] = "failure",
		[VERDICT_INCONCLUSIVE] = "error",
		[VERDICT_NOT_JUDGED] = "skipped"};
	const char *element = elements[verdict];

	fprintf(out, ">\n      <%s", element);
	put_attribute(out, "message", reason);
	if (verdict != VERDICT_NOT_JUDGED)
		put_attribute(out, "type", verdict_name(verdict));
	fputc('>', out);
	put_text(out, advice);
	fprintf(out, "</%s>\n    </testcase>\n", element);
}

static void put_case(FILE *out, const struct report *report, const struct report_rule *rule)
{
	const struct rule_result *r = rule->result;

	fputs("    <testcase", out);
	put_attribute(out, "classname", report_title(report));
	put_attribute(out, "name", rule->name);
	if (r->verdict != VERDICT_PASS) {
		put_outcome(out, r->verdict, r->reason, r->advice);
		return;
	}
	fputs(">\n      <system-out>", out);
	put_text(out, r->reason);
	fputs("</system-out>\n    </testcase>\n", out);
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
		put_outcome(out, VERDICT_INCONCLUSIVE, report_reason(report), "");
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
