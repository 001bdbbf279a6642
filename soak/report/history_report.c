/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A history for people, pull requests and programs: see history_report.h. */
#include <math.h>
#include <stdbool.h>

#include "soak/judge/wording.h"
#include "soak/report/comparison_report.h"
#include "soak/report/escape.h"
#include "soak/report/history_report.h"
#include "soak/report/json.h"
#include "soak/report/utf8.h"

#define HISTORY_JSON_SCHEMA 1
#define DAY_CHARS 10 /* of "2026-01-31T..." */

typedef void put_fn(FILE *out, const char *text);

/* "+6 % (4 to 8)"; from or to none at all there is no ratio. */
static void put_size(FILE *out, const struct compared_row *row)
{
	if (isnan(row->ratio) || row->ratio <= 0.0)
		fputs("different", out);
	else if (isnan(row->low))
		fprintf(out, "%+.3g %%", 100.0 * (row->ratio - 1.0));
	else
		fprintf(out, "%+.3g %% (%.3g to %.3g)", 100.0 * (row->ratio - 1.0),
			100.0 * (row->low - 1.0), 100.0 * (row->high - 1.0));
}

/* "since 3f2a9c1 (2026-01-31) +6 % (4 to 8): 100 MiB -> 106 MiB" */
static void put_change(FILE *out, const struct history_report *report, enum compared figure,
	const struct history_change *change, put_fn *put)
{
	const struct history_run *run = &report->runs[change->run];

	fputs("since ", out);
	put(out, run->name);
	fprintf(out, " (%.*s) %s is ", DAY_CHARS, run->start_utc, compared_name(figure));
	put_size(out, &change->row);
	fprintf(out, ", %s where it was %s (%zu runs before, %zu since)",
		say_compared(figure, change->row.b).text, say_compared(figure, change->row.a).text,
		change->before, change->after);
	if (run->changed.length) {
		fputs("; changed at the same time: ", out);
		put(out, text_of(&run->changed));
	}
}

/* Why a course has no change to tell of. */
static void put_no_change(FILE *out, const struct history_course *course)
{
	if (course->measured == 0)
		fputs("not measured", out);
	else if (course->measured < HISTORY_RUNS_MIN)
		fprintf(out, "measured in %zu runs: at least %d are needed to show a change",
			course->measured, HISTORY_RUNS_MIN);
	else
		fprintf(out, "no change found in %zu runs", course->measured);
}

static double last_value(const struct history_report *report, enum compared figure)
{
	double value = NAN;

	for (size_t i = report->n; i-- > 0 && isnan(value);)
		value = history_value(figure, report->runs[i].figures);
	return value;
}

static void put_course(FILE *out, const struct history_report *report, enum compared figure,
	const char *separator, put_fn *put)
{
	const struct history_course *course = &report->history->courses[figure];

	if (!course->n)
		put_no_change(out, course);
	for (size_t c = 0; c < course->n; c++) {
		fputs(c ? separator : "", out);
		put_change(out, report, figure, &course->changes[c], put);
	}
}

/* What changed of the environment, and notes: a line each. */
static void put_lines(
	FILE *out, const struct history_report *report, const char *bullet, put_fn *put)
{
	for (size_t i = 0; i < report->n; i++) {
		const struct history_run *run = &report->runs[i];

		if (!run->changed.length)
			continue;
		fprintf(out, "%sat ", bullet);
		put(out, run->name);
		fprintf(out, " (%.*s) changed: ", DAY_CHARS, run->start_utc);
		put(out, text_of(&run->changed));
		fputc('\n', out);
	}
	for (size_t i = 0; i < report->notes_count; i++) {
		fprintf(out, "%snote: ", bullet);
		put(out, text_of(&report->notes[i]));
		fputc('\n', out);
	}
}

/* ---- text ------------------------------------------------------------------------------------ */

static void print_text(FILE *out, const struct history_report *report)
{
	fprintf(out, "%zu runs, %.*s to %.*s\n", report->n, DAY_CHARS, report->runs[0].start_utc,
		DAY_CHARS, report->runs[report->n - 1].start_utc);
	for (int f = 0; f < COMPARED_COUNT; f++) {
		fprintf(out, "  %-12s %12s  ", compared_name(f),
			say_compared(f, last_value(report, f)).text);
		put_course(out, report, f, "\n                             ", utf8_print_text);
		fputc('\n', out);
	}
	put_lines(out, report, "  ", utf8_print_text);
}

/* ---- Markdown -------------------------------------------------------------------------------- */

static void print_markdown(FILE *out, const struct history_report *report)
{
	fprintf(out,
		"### soak history: %zu runs, %.*s to %.*s\n\n"
		"| figure | last run | course |\n|---|--:|---|\n",
		report->n, DAY_CHARS, report->runs[0].start_utc, DAY_CHARS,
		report->runs[report->n - 1].start_utc);
	for (int f = 0; f < COMPARED_COUNT; f++) {
		fprintf(out, "| %s | %s | ", compared_name(f),
			say_compared(f, last_value(report, f)).text);
		put_course(out, report, f, "<br>", put_markdown);
		fputs(" |\n", out);
	}
	fputc('\n', out);
	put_lines(out, report, "* ", put_markdown);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static cJSON *change_json(const struct history_report *report, const struct history_change *change)
{
	const struct history_run *run = &report->runs[change->run];
	cJSON *object = cJSON_CreateObject();

	json_number(object, "run", (double)change->run);
	json_text(object, "name", run->name);
	json_text(object, "start_utc", run->start_utc);
	json_number(object, "before", change->row.a);
	json_number(object, "after", change->row.b);
	json_number(object, "ratio", change->row.ratio);
	json_number(object, "low", change->row.low);
	json_number(object, "high", change->row.high);
	json_number(object, "runs_before", (double)change->before);
	json_number(object, "runs_after", (double)change->after);
	if (run->changed.length)
		json_text(object, "environment", text_of(&run->changed));
	return object;
}

static cJSON *course_json(const struct history_report *report, enum compared figure)
{
	const struct history_course *course = &report->history->courses[figure];
	cJSON *object = cJSON_CreateObject(), *values, *changes;

	json_text(object, "figure", compared_name(figure));
	json_text(object, "unit", compared_unit(figure));
	values = cJSON_AddArrayToObject(object, "values");
	for (size_t i = 0; i < report->n; i++) {
		double value = history_value(figure, report->runs[i].figures);

		cJSON_AddItemToArray(
			values, isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull());
	}
	changes = cJSON_AddArrayToObject(object, "changes");
	for (size_t c = 0; c < course->n; c++)
		cJSON_AddItemToArray(changes, change_json(report, &course->changes[c]));
	return object;
}

static int print_json(FILE *out, const struct history_report *report)
{
	cJSON *root = cJSON_CreateObject(), *runs, *figures, *notes;

	json_number(root, "schema", HISTORY_JSON_SCHEMA);
	json_text(root, "soak_version", SOAK_VERSION);
	runs = cJSON_AddArrayToObject(root, "runs");
	for (size_t i = 0; i < report->n; i++) {
		cJSON *run = cJSON_CreateObject();

		json_text(run, "name", report->runs[i].name);
		json_text(run, "file", report->runs[i].file);
		json_text(run, "start_utc", report->runs[i].start_utc);
		if (report->runs[i].changed.length)
			json_text(run, "environment", text_of(&report->runs[i].changed));
		cJSON_AddItemToArray(runs, run);
	}
	figures = cJSON_AddArrayToObject(root, "figures");
	for (int f = 0; f < COMPARED_COUNT; f++)
		cJSON_AddItemToArray(figures, course_json(report, f));
	notes = cJSON_AddArrayToObject(root, "notes");
	for (size_t i = 0; i < report->notes_count; i++)
		cJSON_AddItemToArray(notes, cJSON_CreateString(text_of(&report->notes[i])));
	return json_print(out, root);
}

int history_print(FILE *out, enum format format, const struct history_report *report)
{
	if (format == FORMAT_JSON)
		return print_json(out, report);
	if (format == FORMAT_MARKDOWN)
		print_markdown(out, report);
	else
		print_text(out, report);
	return 0;
}
