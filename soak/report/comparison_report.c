/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints the result of soak compare. */
#include <math.h>

#include "soak/judge/wording.h"
#include "soak/report/comparison_report.h"
#include "soak/report/json.h"

static struct phrase say_value(enum compared figure, double value)
{
	struct phrase phrase = {"-"};

	if (figure == COMPARED_SPEED)
		return say_rate(value);
	if (figure == COMPARED_RSS_MEAN || figure == COMPARED_RSS_PEAK)
		return say_bytes(value);
	if (!isnan(value))
		snprintf(phrase.text, sizeof(phrase.text), "%.3g/op", value);
	return phrase;
}

/* What the interval says by itself, without a band. */
static const char *reading(const struct compared_row *row)
{
	return row->low > 1.0    ? "more"
	       : row->high < 1.0 ? "less"
	       : isnan(row->low) ? ""
				 : "no difference seen";
}

static void print_row(FILE *out, enum compared figure, const struct compared_row *row)
{
	bool none = row->a == 0.0 && row->b == 0.0;
	char ratio[32] = "-", interval[64] = "";

	if (!isnan(row->ratio) && !none)
		snprintf(ratio, sizeof(ratio), "%.4g", row->ratio);
	if (!isnan(row->low) && !none)
		snprintf(interval, sizeof(interval), "[%.4g, %.4g]", row->low, row->high);
	fprintf(out, "  %-12s %12s %12s  %-8s %-20s %s\n", compared_name(figure),
		say_value(figure, row->a).text, say_value(figure, row->b).text, ratio, interval,
		none ? "none in either" : reading(row));
}

void comparison_print(FILE *out, const struct comparison_report *report)
{
	const struct comparison *comparison = report->comparison;

	fprintf(out, "%s  a change of %s, %zu pair%s\n  %s\n", decision_name(comparison->decision),
		report->kind[0] == 'e' ? "environment" : "build", comparison->pairs,
		comparison->pairs == 1 ? "" : "s", text_of(&comparison->reason));
	if (comparison->advice.length)
		fprintf(out, "  -> %s\n", text_of(&comparison->advice));
	fprintf(out, "\n  %-12s %12s %12s  %-8s %s\n", "", "A", "B", "B / A", "95 % interval");
	for (int f = 0; f < COMPARED_COUNT; f++)
		print_row(out, f, &comparison->rows[f]);
	for (size_t i = 0; i < report->notes_count; i++)
		fprintf(out, "%s  note: %s\n", i == 0 ? "\n" : "", text_of(&report->notes[i]));
}

static void add_values(cJSON *object, const char *name, enum compared figure,
	const struct run_figures *runs, size_t n)
{
	cJSON *values = cJSON_AddArrayToObject(object, name);

	for (size_t i = 0; i < n; i++) {
		double value = compared_value(figure, &runs[i]);

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
	add_values(object, "a_values", figure, report->a, report->comparison->pairs);
	add_values(object, "b_values", figure, report->b, report->comparison->pairs);
	return object;
}

int comparison_json(FILE *out, const struct comparison_report *report)
{
	const struct comparison *comparison = report->comparison;
	cJSON *root = cJSON_CreateObject(), *figures, *notes;

	json_text(root, "verdict", decision_name(comparison->decision));
	json_text(root, "reason", text_of(&comparison->reason));
	if (comparison->advice.length)
		json_text(root, "advice", text_of(&comparison->advice));
	json_text(root, "kind", report->kind);
	json_number(root, "band_pct", report->band_pct);
	json_number(root, "pairs", (double)comparison->pairs);
	json_number(root, "further_pairs",
		comparison->further_pairs ? (double)comparison->further_pairs : NAN);
	figures = cJSON_AddArrayToObject(root, "figures");
	for (int f = 0; f < COMPARED_COUNT; f++)
		cJSON_AddItemToArray(figures, row_json(report, f));
	for (int side = 0; side < 2; side++)
		cJSON_AddItemToObject(root, side ? "b" : "a",
			cJSON_CreateStringArray(report->files[side], (int)comparison->pairs));
	notes = cJSON_AddArrayToObject(root, "notes");
	for (size_t i = 0; i < report->notes_count; i++)
		cJSON_AddItemToArray(notes, cJSON_CreateString(text_of(&report->notes[i])));
	return json_print(out, root);
}
