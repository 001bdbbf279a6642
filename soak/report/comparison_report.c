/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints the result of soak compare, in each of the formats. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "soak/judge/wording.h"
#include "soak/report/comparison_report.h"
#include "soak/report/escape.h"
#include "soak/report/json.h"
#include "soak/report/sheet.h"

#define COMPARISON_JSON_SCHEMA 1

enum verdict comparison_verdict(enum decision decision)
{
	return decision == DECISION_NO_GO          ? VERDICT_FAIL
	       : decision == DECISION_INCONCLUSIVE ? VERDICT_INCONCLUSIVE
						   : VERDICT_PASS;
}

struct phrase say_compared(enum compared figure, double value)
{
	struct phrase phrase = {"-"};

	if (figure == COMPARED_SPEED)
		return say_rate(value);
	if (figure != COMPARED_FAULTS && figure != COMPARED_CHURN)
		return say_bytes(value);
	if (!isnan(value))
		snprintf(phrase.text, sizeof(phrase.text), "%.3g/op", value);
	return phrase;
}

/* ---- what all tables say of a figure --------------------------------------------------------- */

struct cells {
	struct phrase a, b, ratio, interval;
	const char *reading; /* what decided; else what the interval says by itself */
};

static const char *reading(const struct compared_row *row, bool none)
{
	return row->decides      ? decision_name(row->decision)
	       : none            ? "none in either"
	       : row->low > 1.0  ? "more"
	       : row->high < 1.0 ? "less"
	       : isnan(row->low) ? ""
				 : "no difference seen";
}

static struct cells cells_of(enum compared figure, const struct compared_row *row)
{
	bool none = row->a == 0.0 && row->b == 0.0;
	struct cells cells = {.a = say_compared(figure, row->a),
		.b = say_compared(figure, row->b),
		.ratio = {"-"},
		.reading = reading(row, none)};

	if (!isnan(row->ratio) && !none)
		snprintf(cells.ratio.text, sizeof(cells.ratio.text), "%.4g", row->ratio);
	if (!isnan(row->low) && !none)
		snprintf(cells.interval.text, sizeof(cells.interval.text), "[%.4g, %.4g]", row->low,
			row->high);
	return cells;
}

struct line {
	char text[96];
};

/* "a change of build, 4 pairs", "a change of environment, 10 runs against 3". */
static struct line say_what(const struct comparison_report *report)
{
	const struct comparison *comparison = report->comparison;
	const char *kind = report->kind[0] == 'e' ? "environment" : "build";
	struct line line;

	if (comparison->paired)
		snprintf(line.text, sizeof(line.text), "a change of %s, %zu pair%s", kind,
			comparison->runs[0], comparison->runs[0] == 1 ? "" : "s");
	else
		snprintf(line.text, sizeof(line.text), "a change of %s, %zu run%s against %zu",
			kind, comparison->runs[0], comparison->runs[0] == 1 ? "" : "s",
			comparison->runs[1]);
	return line;
}

/* ---- text ------------------------------------------------------------------------------------ */

static void print_text(FILE *out, const struct comparison_report *report)
{
	const struct comparison *comparison = report->comparison;

	fprintf(out, "%s  %s\n  %s\n", decision_name(comparison->decision), say_what(report).text,
		text_of(&comparison->reason));
	if (comparison->advice.length)
		fprintf(out, "  -> %s\n", text_of(&comparison->advice));
	fprintf(out, "\n  %-12s %12s %12s  %-8s %.3g %% interval\n", "", "A", "B", "B / A",
		100.0 * comparison->confidence);
	for (int f = 0; f < COMPARED_COUNT; f++) {
		struct cells cells = cells_of(f, &comparison->rows[f]);

		fprintf(out, "  %-12s %12s %12s  %-8s %-20s %s\n", compared_name(f), cells.a.text,
			cells.b.text, cells.ratio.text, cells.interval.text, cells.reading);
	}
	for (size_t i = 0; i < report->notes_count; i++)
		fprintf(out, "%s  note: %s\n", i == 0 ? "\n" : "", text_of(&report->notes[i]));
}

/* ---- Markdown -------------------------------------------------------------------------------- */

static void print_markdown_row(FILE *out, enum compared figure, const struct compared_row *row)
{
	struct cells cells = cells_of(figure, row);

	fprintf(out, "| %s %s | %s | %s | %s | ",
		row->decides ? verdict_symbol(comparison_verdict(row->decision)) : "",
		cells.reading, compared_name(figure), cells.a.text, cells.b.text);
	fputs(cells.ratio.text, out);
	fputc(' ', out);
	put_markdown(out, cells.interval.text);
	if (row->decides)
		fprintf(out, " | %s%g %% |\n", figure == COMPARED_SPEED ? "±" : "+",
			row->margin_pct);
	else
		fputs(" | |\n", out);
}

static void print_markdown(FILE *out, const struct comparison_report *report)
{
	const struct comparison *comparison = report->comparison;

	fprintf(out, "### %s soak compare: %s\n\n**%s**: ",
		verdict_symbol(comparison_verdict(comparison->decision)),
		decision_name(comparison->decision), say_what(report).text);
	put_markdown(out, text_of(&comparison->reason));
	if (comparison->advice.length) {
		fputs("<br>→ ", out);
		put_markdown(out, text_of(&comparison->advice));
	}
	fprintf(out,
		"\n\n| decision | figure | A | B | B / A [%.3g %% interval] | threshold |\n"
		"|---|---|--:|--:|---|---|\n",
		100.0 * comparison->confidence);
	for (int f = 0; f < COMPARED_COUNT; f++)
		print_markdown_row(out, f, &comparison->rows[f]);
	for (size_t i = 0; i < report->notes_count; i++) {
		fputs(i == 0 ? "\n* " : "* ", out);
		put_markdown(out, text_of(&report->notes[i]));
		fputc('\n', out);
	}
	for (int s = 0; s < 2; s++) {
		fputs(s ? " against " : "\n<sub>", out);
		for (size_t i = 0; i < comparison->runs[!s]; i++) {
			fputs(i ? ", " : "", out);
			put_markdown(out, report->files[!s][i]);
		}
	}
	fputs("</sub>\n\n", out);
}

/* ---- JUnit and TAP: a case for each figure --------------------------------------------------- */

/* What does not decide is skipped, and says what was measured. */
static void add_case(struct sheet *sheet, enum compared figure, const struct comparison *comparison,
	struct line *ret_measured)
{
	const struct compared_row *row = &comparison->rows[figure];
	struct cells cells = cells_of(figure, row);

	if (row->decides) {
		sheet_case(sheet, compared_name(figure), comparison_verdict(row->decision),
			text_of(&row->reason),
			row->decision == DECISION_INCONCLUSIVE ? text_of(&comparison->advice) : "");
		return;
	}
	snprintf(ret_measured->text, sizeof(ret_measured->text), "not required: B / A %.20s %.40s",
		cells.ratio.text, cells.interval.text);
	sheet_case(sheet, compared_name(figure), VERDICT_NOT_JUDGED, ret_measured->text, "");
}

static void print_sheet(FILE *out, enum format format, const struct comparison_report *report)
{
	const struct comparison *comparison = report->comparison;
	struct line what = say_what(report), measured[COMPARED_COUNT];
	struct sheet sheet = {.name = report->files[1][0],
		.title = what.text,
		.inconclusive = report->inconclusive};

	sheet_property(&sheet, "baseline", report->files[0][0]);
	sheet_property(&sheet, "decision", decision_name(comparison->decision));
	for (int f = 0; f < COMPARED_COUNT; f++)
		add_case(&sheet, f, comparison, &measured[f]);
	if (format == FORMAT_JUNIT)
		sheets_junit(out, "soak compare", &sheet, 1);
	else
		sheets_tap(out, &sheet, 1);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void add_values(
	cJSON *object, const char *name, enum compared figure, const struct compared_set *set)
{
	cJSON *values = cJSON_AddArrayToObject(object, name);

	for (size_t i = 0; i < set->n; i++) {
		double value = compared_value(figure, &set->runs[i]);

		cJSON_AddItemToArray(
			values, isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull());
	}
}

static cJSON *row_json(const struct comparison_report *report, enum compared figure)
{
	const struct compared_row *row = &report->comparison->rows[figure];
	cJSON *object = cJSON_CreateObject();

	json_text(object, "figure", compared_name(figure));
	json_text(object, "unit", compared_unit(figure));
	json_number(object, "a", row->a);
	json_number(object, "b", row->b);
	json_number(object, "ratio", row->ratio);
	json_number(object, "low", row->low);
	json_number(object, "high", row->high);
	cJSON_AddBoolToObject(object, "decides", row->decides);
	if (row->decides) {
		json_text(object, "verdict", decision_name(row->decision));
		json_number(object, "margin_pct", row->margin_pct);
		json_text(object, "reason", text_of(&row->reason));
	}
	add_values(object, "a_values", figure, &report->sets[0]);
	add_values(object, "b_values", figure, &report->sets[1]);
	return object;
}

static double number_or_null(size_t number)
{
	return number ? (double)number : NAN;
}

static int print_json(FILE *out, const struct comparison_report *report)
{
	const struct comparison *comparison = report->comparison;
	cJSON *root = cJSON_CreateObject(), *figures, *notes;

	json_number(root, "schema", COMPARISON_JSON_SCHEMA);
	json_text(root, "soak_version", SOAK_VERSION);
	json_text(root, "verdict", decision_name(comparison->decision));
	json_text(root, "reason", text_of(&comparison->reason));
	if (comparison->advice.length)
		json_text(root, "advice", text_of(&comparison->advice));
	json_text(root, "kind", report->kind);
	json_number(root, "band_pct", comparison->rows[COMPARED_SPEED].margin_pct);
	json_number(root, "confidence", comparison->confidence);
	json_number(root, "pairs", comparison->paired ? (double)comparison->runs[0] : NAN);
	json_number(root, "further_pairs",
		comparison->paired ? number_or_null(comparison->further[0]) : NAN);
	json_number(root, "further_a", number_or_null(comparison->further[0]));
	json_number(root, "further_b", number_or_null(comparison->further[1]));
	figures = cJSON_AddArrayToObject(root, "figures");
	for (int f = 0; f < COMPARED_COUNT; f++)
		cJSON_AddItemToArray(figures, row_json(report, f));
	for (int side = 0; side < 2; side++)
		cJSON_AddItemToObject(root, side ? "b" : "a",
			cJSON_CreateStringArray(report->files[side], (int)comparison->runs[side]));
	notes = cJSON_AddArrayToObject(root, "notes");
	for (size_t i = 0; i < report->notes_count; i++)
		cJSON_AddItemToArray(notes, cJSON_CreateString(text_of(&report->notes[i])));
	return json_print(out, root);
}

int comparison_print(FILE *out, enum format format, const struct comparison_report *report)
{
	switch (format) {
	case FORMAT_JSON:
		return print_json(out, report);
	case FORMAT_MARKDOWN:
		print_markdown(out, report);
		return 0;
	case FORMAT_TEXT:
		print_text(out, report);
		return 0;
	default:
		print_sheet(out, format, report);
		return 0;
	}
}
