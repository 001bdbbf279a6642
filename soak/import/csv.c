/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CSV by libcsv: RFC 4180 quoting, CRLF; separated by comma, semicolon, tab or bar. The first row
 * names the columns unless it holds figures. Called by import.c.
 */
#include <csv.h>
#include <errno.h>
#include <string.h>

#include "soak/import/header.h"

#define FIELDS_MAX 4096

struct csv {
	struct csv_parser parser;
	struct reader *reader;
	size_t line; /* where the row began */
	size_t repeated;
	bool begun;
	int code;
};

static void on_field(void *text, size_t length, void *context)
{
	struct csv *csv = context;

	if (csv->code)
		return;
	if (table_cells(&csv->reader->table) == FIELDS_MAX)
		csv->code = reader_fail(csv->reader, csv->line, "more than %d columns", FIELDS_MAX);
	else if (table_cell(&csv->reader->table, text, length))
		csv->code = -ENOMEM;
}

/* What stands between the header and the rows of a table in Markdown, or of sqlite3's. */
static bool is_rule(const struct table *table)
{
	const size_t *cells = table->cells + table->ncells - table_cells(table);
	bool rule = false;

	for (size_t i = 0; i < table_cells(table); i++) {
		const char *cell = table->pool + cells[i];
		bool line = strlen(cell) >= 3 && header_is_rule(cell, strlen(cell));

		if (*cell && !line)
			return false;
		rule |= line;
	}
	return rule;
}

static int take_row(struct csv *csv)
{
	struct reader *reader = csv->reader;
	bool first = !csv->begun;

	if (is_rule(&reader->table)) {
		table_drop_cells(&reader->table);
		return 0;
	}

	csv->begun = true;
	if (first && header_is_row(&reader->table))
		return header_take(reader);
	if (first && header_take_numbers(reader))
		return -ENOMEM;
	if (table_repeats_names(&reader->table)) {
		csv->repeated++;
		table_drop_cells(&reader->table);
		return 0;
	}
	return table_end_row(&reader->table, csv->line, false);
}

static void on_row(int end, void *context)
{
	struct csv *csv = context;

	(void)end;
	if (!csv->code)
		csv->code = take_row(csv);
	csv->line = 0;
}

static int feed(struct csv *csv)
{
	struct reader *reader = csv->reader;
	char *text;

	while (!csv->code && (text = reader_line(reader))) {
		size_t length = strlen(text);

		if (*text == '#' && csv->begun && !csv->line)
			continue;
		if (!csv->line)
			csv->line = reader->line;
		text[length] = '\n'; /* a quoted field may go on in the next line */
		if (csv_parse(&csv->parser, text, length + 1, on_field, on_row, csv) ==
				length + 1 ||
			csv->code) {
			if (!table_cells(&reader->table) && !csv->parser.quoted)
				csv->line = 0;
			continue;
		}
		csv->code = csv_error(&csv->parser) == CSV_EPARSE
				    ? reader_fail(reader, reader->line,
					      "a quote in the middle of a field")
				    : -ENOMEM;
	}
	if (!csv->code && csv->line && csv->parser.quoted)
		csv->code =
			reader_fail(reader, csv->line, "the quote that opens here is never closed");
	return csv->code;
}

int read_csv(struct reader *reader)
{
	char *header = header_skip_comments(reader), *words = header;
	struct csv csv = {.reader = reader};
	char separator;
	int code;

	while (reader->next < header && reader_line(reader))
		;
	if (*words == '#')
		words += 1 + strspn(words + 1, " \t");
	reader->next = words;
	reader->table.strict = true;
	if (csv_init(&csv.parser, CSV_STRICT))
		return -ENOMEM;
	separator = header_separator(words);
	csv_set_delim(&csv.parser, separator == ' ' ? ',' : (unsigned char)separator);
	code = feed(&csv);
	if (!code && csv.repeated)
		reader_note(reader, "the header stands %zu more times: left out", csv.repeated);
	csv_free(&csv.parser);
	return code;
}
