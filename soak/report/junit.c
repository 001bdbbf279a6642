/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JUnit XML, as Jenkins, GitLab, GitHub actions and pytest's readers take it: a testsuite for each
 * sheet, a testcase for each of its cases. Of a run that is a case for each rule.
 *
 * FAIL is a failure. INCONCLUSIVE is an error, JUnit's word for a test that could not be carried
 * out: the exit code is not 0 either; unless the caller wants it to be a failure, a pass, or
 * skipped. NOT JUDGED is skipped.
 */
#include "soak/report/escape.h"
#include "soak/report/sheet.h"

static void put_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	put_xml(out, value);
	fputc('"', out);
}

struct counts {
	size_t tests, failures, errors, skipped;
};

enum case_outcome { PASSED, FAILURE, ERROR, SKIPPED };

static enum case_outcome outcome_of(const struct sheet *sheet, enum verdict verdict)
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
		return inconclusive[sheet->inconclusive];
	}
}

static void count(const struct sheet *sheet, struct counts *counts)
{
	for (size_t i = 0; i < sheet->n; i++) {
		enum case_outcome outcome = outcome_of(sheet, sheet->cases[i].verdict);

		counts->tests++;
		counts->failures += outcome == FAILURE;
		counts->errors += outcome == ERROR;
		counts->skipped += outcome == SKIPPED;
	}
}

static void put_counts(FILE *out, const struct counts *counts)
{
	fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"",
		counts->tests, counts->failures, counts->errors, counts->skipped);
}

static void put_outcome(FILE *out, const struct sheet *sheet, const struct sheet_case *tested)
{
	static const char *const elements[] = {
		[FAILURE] = "failure", [ERROR] = "error", [SKIPPED] = "skipped"};
	enum case_outcome outcome = outcome_of(sheet, tested->verdict);
	bool undecided = tested->verdict == VERDICT_INCONCLUSIVE;

	if (outcome == PASSED) {
		fputs(">\n      <system-out>", out);
		put_xml(out, undecided ? "INCONCLUSIVE: " : "");
		put_xml(out, tested->reason);
		fputs("</system-out>\n    </testcase>\n", out);
		return;
	}
	fprintf(out, ">\n      <%s message=\"%s", elements[outcome],
		undecided && outcome == SKIPPED ? "INCONCLUSIVE: " : "");
	put_xml(out, tested->reason);
	fputc('"', out);
	if (outcome != SKIPPED)
		put_attribute(out, "type", verdict_name(tested->verdict));
	fputc('>', out);
	put_xml(out, tested->advice);
	fprintf(out, "</%s>\n    </testcase>\n", elements[outcome]);
}

/* Readers tell cases apart by class and name: runs of a job differ in their variant and round. */
static void put_class(FILE *out, const struct sheet *sheet)
{
	fputs(" classname=\"", out);
	put_xml(out, sheet->title);
	if (sheet->label.text[0]) {
		fputs(" (", out);
		put_xml(out, sheet->label.text);
		fputc(')', out);
	}
	fputc('"', out);
}

static void put_suite(FILE *out, const struct sheet *sheet)
{
	struct counts counts = {0};

	count(sheet, &counts);
	fputs("  <testsuite", out);
	put_attribute(out, "name", sheet->name);
	put_counts(out, &counts);
	fprintf(out, " time=\"%.3f\"", sheet->seconds);
	/* Schemas want no zone. */
	if (sheet->start_utc)
		fprintf(out, " timestamp=\"%.19s\"", sheet->start_utc);
	fputs(">\n    <properties>\n", out);
	for (size_t i = 0; i < sheet->properties_count; i++) {
		fputs("      <property", out);
		put_attribute(out, "name", sheet->properties[i].name);
		put_attribute(out, "value", sheet->properties[i].value);
		fputs("/>\n", out);
	}
	fputs("    </properties>\n", out);
	for (size_t i = 0; i < sheet->n; i++) {
		fputs("    <testcase", out);
		put_class(out, sheet);
		put_attribute(out, "name", sheet->cases[i].name);
		put_outcome(out, sheet, &sheet->cases[i]);
	}
	fputs("  </testsuite>\n", out);
}

void sheets_junit(FILE *out, const char *program, const struct sheet *sheets, size_t n)
{
	struct counts counts = {0};

	for (size_t i = 0; i < n; i++)
		count(&sheets[i], &counts);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", out);
	put_attribute(out, "name", program);
	put_counts(out, &counts);
	fputs(">\n", out);
	for (size_t i = 0; i < n; i++)
		put_suite(out, &sheets[i]);
	fputs("</testsuites>\n", out);
}
