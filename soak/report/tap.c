/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TAP (testanything.org): a test for each case, numbered over all sheets; of a run that is one for
 * each rule. INCONCLUSIVE is "not ok", as the exit code is not 0, unless the caller wants it
 * otherwise; NOT JUDGED is skipped.
 */
#include <string.h>

#include "soak/report/escape.h"
#include "soak/report/sheet.h"

static void put_comment(FILE *out, const char *text)
{
	if (!text[0])
		return;
	fputs("# ", out);
	put_tap(out, text);
	fputc('\n', out);
}

static bool skipped(const struct sheet *sheet, enum verdict verdict)
{
	return verdict == VERDICT_NOT_JUDGED ||
	       (verdict == VERDICT_INCONCLUSIVE && sheet->inconclusive == INCONCLUSIVE_SKIP);
}

static bool good(const struct sheet *sheet, enum verdict verdict)
{
	return verdict == VERDICT_PASS || skipped(sheet, verdict) ||
	       (verdict == VERDICT_INCONCLUSIVE && sheet->inconclusive == INCONCLUSIVE_PASS);
}

static void put_case(
	FILE *out, const struct sheet *sheet, const struct sheet_case *tested, size_t number)
{
	bool undecided = tested->verdict == VERDICT_INCONCLUSIVE;

	fprintf(out, "%s %zu - ", good(sheet, tested->verdict) ? "ok" : "not ok", number);
	put_tap(out, sheet->name);
	fputs(": ", out);
	put_tap(out, tested->name);
	if (skipped(sheet, tested->verdict)) {
		fprintf(out, " # SKIP %s", undecided ? "INCONCLUSIVE: " : "");
		put_tap(out, tested->reason);
		fputc('\n', out);
		return;
	}
	fputs(undecided ? " (INCONCLUSIVE)\n" : "\n", out);
	put_comment(out, tested->reason);
	put_comment(out, tested->advice);
}

/* The title, and what else the sheet was tested against. */
static void put_heading(FILE *out, const struct sheet *sheet)
{
	put_comment(out, sheet->title);
	put_comment(out, sheet->label.text);
	for (size_t i = 0; i < sheet->properties_count; i++)
		if (strcmp(sheet->properties[i].name, "baseline") == 0)
			put_comment(out, sheet->properties[i].value);
}

void sheets_tap(FILE *out, const struct sheet *sheets, size_t n)
{
	size_t number = 0;

	for (size_t i = 0; i < n; i++) {
		put_heading(out, &sheets[i]);
		for (size_t c = 0; c < sheets[i].n; c++)
			put_case(out, &sheets[i], &sheets[i].cases[c], ++number);
	}
	fprintf(out, "1..%zu\n", number);
}
