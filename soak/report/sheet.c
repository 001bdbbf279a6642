/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fills sheets: see sheet.h. Called by the reports of runs, jobs and comparisons. */
#include <errno.h>
#include <stdlib.h>

#include "soak/report/sheet.h"

void sheet_property(struct sheet *sheet, const char *name, const char *value)
{
	if (value && sheet->properties_count < SHEET_PROPERTIES_MAX)
		sheet->properties[sheet->properties_count++] = (struct sheet_property){name, value};
}

void sheet_case(struct sheet *sheet, const char *name, enum verdict verdict, const char *reason,
	const char *advice)
{
	if (sheet->n < SHEET_CASES_MAX)
		sheet->cases[sheet->n++] = (struct sheet_case){name, verdict, reason, advice};
}

static struct sheet sheet_of(const struct report *report)
{
	static const char *const of_job[] = {"job", "variant", "round"};
	static const char *const keys[] = {"allocator", "allocator_version", "host", "kernel"};
	struct report_rule rules[REPORT_RULES_MAX];
	size_t n = report_rules(report, rules);
	struct sheet sheet = {.name = run_path(report->run),
		.title = report_title(report),
		.label = report_label(report),
		.inconclusive = report->inconclusive,
		.seconds = run_fact_number(report->run, "duration_s", 0),
		.start_utc = run_fact(report->run, "start_utc")};

	for (size_t k = 0; sheet.label.text[0] && k < sizeof(of_job) / sizeof(*of_job); k++)
		sheet_property(&sheet, of_job[k], run_fact(report->run, of_job[k]));
	for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++)
		sheet_property(&sheet, keys[k], run_fact(report->run, keys[k]));
	if (report->baseline)
		sheet_property(&sheet, "baseline", run_path(report->baseline));
	for (size_t i = 0; i < n; i++)
		sheet_case(&sheet, rules[i].name, rules[i].result->verdict,
			text_of(&rules[i].result->reason), text_of(&rules[i].result->advice));
	if (report_beyond_rules(report))
		sheet_case(&sheet, "run", report_verdict(report), report_reason(report), "");
	return sheet;
}

struct sheet *report_sheets(const struct report *reports, size_t n, size_t more)
{
	struct sheet *sheets = calloc(n + more, sizeof(*sheets));

	for (size_t i = 0; sheets && i < n; i++)
		sheets[i] = sheet_of(&reports[i]);
	return sheets;
}

int report_junit(FILE *out, const struct report *reports, size_t n)
{
	struct sheet *sheets = report_sheets(reports, n, 0);

	if (!sheets)
		return -ENOMEM;
	sheets_junit(out, "soak check", sheets, n);
	free(sheets);
	return 0;
}

int report_tap(FILE *out, const struct report *reports, size_t n)
{
	struct sheet *sheets = report_sheets(reports, n, 0);

	if (!sheets)
		return -ENOMEM;
	sheets_tap(out, sheets, n);
	free(sheets);
	return 0;
}
