/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints a table of a run. Called by soak export. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "soak/report/export.h"
#include "soak/report/utf8.h"

struct export
{
	FILE *out;
	bool first;
};

static void csv_text(FILE *out, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void csv_header(void *context, const struct run_cell *cells, size_t count)
{
	struct export *e = context;

	for (size_t c = 0; c < count; c++) {
		if (c)
			fputc(',', e->out);
		csv_text(e->out, cells[c].column);
	}
	fputc('\n', e->out);
}

static void csv_row(void *context, const struct run_cell *cells, size_t count)
{
	struct export *e = context;

	for (size_t c = 0; c < count; c++) {
		if (c)
			fputc(',', e->out);
		if (cells[c].text)
			csv_text(e->out, cells[c].text);
	}
	fputc('\n', e->out);
}

int export_csv(FILE *out, struct run *run, const char *table)
{
	struct export e = {out, true};
	int code = run_table_columns(run, table, csv_header, &e);

	if (!code)
		code = run_table(run, table, csv_row, &e);
	return code ? code : fflush(out) || ferror(out) ? -EIO : 0;
}

/* Replaces bytes that are not UTF-8: names may contain any bytes. */
static void put_text(FILE *out, const char *given)
{
	char *clean = utf8_clean(given);
	const char *text = clean ? clean : given;

	fputc('"', out);
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20)
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
	free(clean);
}

static void json_row(void *context, const struct run_cell *cells, size_t count)
{
	struct export *e = context;

	fputs(e->first ? "\n{" : ",\n{", e->out);
	e->first = false;
	for (size_t c = 0; c < count; c++) {
		if (c)
			fputs(", ", e->out);
		put_text(e->out, cells[c].column);
		fputs(": ", e->out);
		if (!cells[c].text)
			fputs("null", e->out);
		else if (cells[c].is_number)
			fputs(cells[c].text, e->out);
		else
			put_text(e->out, cells[c].text);
	}
	fputc('}', e->out);
}

static void nothing(void *context, const struct run_cell *cells, size_t count)
{
	(void)context;
	(void)cells;
	(void)count;
}

int export_json(FILE *out, struct run *run, const char *table)
{
	struct export e = {out, true};
	int code = run_table_columns(run, table, nothing, &e);

	if (code)
		return code;
	fputc('[', out);
	code = run_table(run, table, json_row, &e);
	fputs("\n]\n", out);
	return code ? code : fflush(out) || ferror(out) ? -EIO : 0;
}
