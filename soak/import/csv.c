/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CSV by libcsv: RFC 4180 quoting, CRLF; separated by comma, semicolon or tab. The first row names
 * the columns. psrecord's own CSV comes here too, its columns being known.
 */
#include <csv.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/sample.h"
#include "soak/import/reader.h"
#include "soak/import/units.h"

#define FIELDS_MAX 1024
#define ABSENT (-1)

struct column_choice {
	int index; /* ABSENT: there is none */
	double unit;
	bool assumed; /* nobody said which unit */
};

struct csv {
	struct csv_parser parser;
	struct reader *reader;
	size_t line; /* where the row began */
	char *text;  /* its fields, each with a NUL */
	size_t used, capacity;
	size_t begins[FIELDS_MAX];
	size_t fields, columns;
	struct column_choice choice[COLUMNS];
	bool calendar; /* times are dates */
	bool psrecord;
	int code;
};

static const char *field(const struct csv *csv, size_t i)
{
	return csv->text + csv->begins[i];
}

static void on_field(void *text, size_t length, void *context)
{
	struct csv *csv = context;

	if (csv->code)
		return;
	if (csv->fields == FIELDS_MAX) {
		csv->code = reader_fail(csv->reader, csv->line, "more than %d columns", FIELDS_MAX);
		return;
	}
	if (csv->used + length + 1 > csv->capacity) {
		char *grown = realloc(csv->text, 2 * csv->capacity + length + 1);

		if (!grown) {
			csv->code = -ENOMEM;
			return;
		}
		csv->text = grown;
		csv->capacity = 2 * csv->capacity + length + 1;
	}
	csv->begins[csv->fields++] = csv->used;
	memcpy(csv->text + csv->used, text, length);
	csv->text[csv->used + length] = '\0';
	csv->used += length + 1;
}

/* "a, b, c" for a message. */
static const char *list_columns(const struct csv *csv, char *list, size_t size)
{
	size_t used = 0;

	list[0] = '\0';
	for (size_t i = 0; i < csv->fields && used < size; i++)
		used += (size_t)snprintf(
			list + used, size - used, "%s%s", i ? ", " : "", field(csv, i));
	return list;
}

static int choose_named(struct csv *csv, const char *name, struct column_choice *choice)
{
	char list[300];

	for (size_t i = 0; i < csv->fields; i++) {
		if (strcmp(field(csv, i), name) != 0)
			continue;
		if (choice->index != ABSENT)
			return reader_fail(
				csv->reader, csv->line, "two columns are called \"%s\"", name);
		choice->index = (int)i;
	}
	if (choice->index == ABSENT)
		return reader_fail(csv->reader, csv->line,
			"no column is called \"%s\"; the columns are: %s", name,
			list_columns(csv, list, sizeof(list)));
	return 0;
}

static int choose_by_header(
	struct csv *csv, enum column column, const char *option, struct column_choice *choice)
{
	char list[300];
	double unit;

	for (size_t i = 0; i < csv->fields; i++) {
		if (!header_is(column, field(csv, i), &unit))
			continue;
		if (choice->index != ABSENT)
			return reader_fail(csv->reader, csv->line,
				"\"%s\" and \"%s\" could both be it: choose one by --%s",
				field(csv, (size_t)choice->index), field(csv, i), option);
		choice->index = (int)i;
	}
	if (choice->index == ABSENT && column != COLUMN_OPS)
		return reader_fail(csv->reader, csv->line,
			"no column's name says that it is the %s: name one by --%s; the columns "
			"are: %s",
			column == COLUMN_TIME ? "time" : "RSS", option,
			list_columns(csv, list, sizeof(list)));
	return 0;
}

/*
 * The unit: as asked for, else as the header says; a named column may go without. 0: each figure
 * must say its own.
 */
static void choose_unit(
	struct csv *csv, enum column column, bool named, struct column_choice *choice)
{
	const struct import_options *options = csv->reader->options;
	const char *asked = column == COLUMN_TIME ? options->time_unit : options->rss_unit;
	const char *header = field(csv, (size_t)choice->index);

	if (column == COLUMN_TIME && asked && strcmp(asked, "iso") == 0) {
		csv->calendar = true;
		return;
	}
	choice->unit = asked ? (column == COLUMN_TIME ? unit_ns(asked) : unit_bytes(asked))
			     : header_unit(column, header);
	if (choice->unit > 0 || (column == COLUMN_RSS && !named))
		return;
	choice->unit = column == COLUMN_TIME ? 1e9 : 1;
	choice->assumed = true;
}

static int choose_columns(struct csv *csv)
{
	const struct import_options *options = csv->reader->options;
	const char *const names[COLUMNS] = {csv->psrecord ? "elapsed_time" : options->time,
		csv->psrecord ? "mem_real" : options->rss, options->ops};
	static const char *const asks[COLUMNS] = {"time", "rss", "ops"};
	int code;

	for (int c = 0; c < COLUMNS; c++) {
		csv->choice[c] = (struct column_choice){.index = ABSENT, .unit = 1};
		code = names[c] ? choose_named(csv, names[c], &csv->choice[c])
				: choose_by_header(csv, c, asks[c], &csv->choice[c]);
		if (!code && csv->choice[c].index != ABSENT && c != COLUMN_OPS)
			choose_unit(csv, c, names[c] != NULL, &csv->choice[c]);
		if (code)
			return code;
	}
	if (csv->psrecord)
		csv->choice[COLUMN_RSS] = (struct column_choice){
			.index = csv->choice[COLUMN_RSS].index, .unit = 0x1p20};
	return 0;
}

static int take_header(struct csv *csv)
{
	struct imported *out = csv->reader->out;
	int code = choose_columns(csv);

	if (code)
		return code;
	csv->columns = csv->fields;
	snprintf(out->time_from, sizeof(out->time_from), "column %s",
		field(csv, (size_t)csv->choice[COLUMN_TIME].index));
	snprintf(out->rss_from, sizeof(out->rss_from),
		csv->choice[COLUMN_RSS].unit > 0 ? "column %s, in units of %.0f B"
						 : "column %s, each with its unit",
		field(csv, (size_t)csv->choice[COLUMN_RSS].index), csv->choice[COLUMN_RSS].unit);
	if (csv->choice[COLUMN_OPS].index != ABSENT)
		snprintf(out->ops_from, sizeof(out->ops_from), "column %s",
			field(csv, (size_t)csv->choice[COLUMN_OPS].index));
	return 0;
}

static int take_time(struct csv *csv, const char *text, int64_t *ret_ns)
{
	struct column_choice *choice = &csv->choice[COLUMN_TIME];
	struct reader *reader = csv->reader;

	/* The first row tells dates from numbers, where nothing else did. */
	if (reader->out->n == 0 && choice->assumed && calendar_parse(text, ret_ns) == 0)
		csv->calendar = true;
	if (!csv->calendar)
		return reader_time(reader, csv->line, text, choice->unit, ret_ns);
	reader->out->since_epoch = true;
	if (calendar_parse(text, ret_ns))
		return reader_fail(reader, csv->line,
			"time \"%.40s\" is no date and time like 2024-05-01T12:00:00Z", text);
	return 0;
}

static int take_ops(struct csv *csv, const char *text, int64_t *ret_ops)
{
	long double value;
	double step;

	switch (figure_parse(text, &value, &step)) {
	case FIGURE_ABSENT:
		return 0;
	case FIGURE_NUMBER:
		if (value >= 0 && value < 9e18L) {
			*ret_ops = (int64_t)value;
			return 0;
		}
		/* fall through */
	default:
		return reader_fail(csv->reader, csv->line, "ops \"%.40s\" is no count", text);
	}
}

static int take_row(struct csv *csv)
{
	struct import_row row = {.rss_bytes = SAMPLE_NONE, .ops = SAMPLE_NONE};
	const struct column_choice *choice = csv->choice;
	int code;

	if (csv->fields != csv->columns)
		return reader_fail(csv->reader, csv->line, "%zu fields, where the header has %zu",
			csv->fields, csv->columns);
	code = take_time(csv, field(csv, (size_t)choice[COLUMN_TIME].index), &row.t_ns);
	if (!code)
		code = reader_rss(csv->reader, csv->line,
			field(csv, (size_t)choice[COLUMN_RSS].index), choice[COLUMN_RSS].unit,
			&row.rss_bytes);
	if (!code && choice[COLUMN_OPS].index != ABSENT)
		code = take_ops(csv, field(csv, (size_t)choice[COLUMN_OPS].index), &row.ops);
	return code ? code : reader_add(csv->reader, csv->line, &row);
}

static void on_row(int end, void *context)
{
	struct csv *csv = context;

	(void)end;
	if (!csv->code)
		csv->code = csv->columns ? take_row(csv) : take_header(csv);
	csv->fields = 0;
	csv->used = 0;
	csv->line = 0;
}

/* The separator that the header has most of, outside of quotes. */
static unsigned char separator(const char *text)
{
	static const char choices[] = ",;\t";
	size_t counts[3] = {0};
	bool quoted = false;
	size_t best = 0;

	for (; *text && (quoted || *text != '\n'); text++) {
		const char *found = strchr(choices, *text);

		if (*text == '"')
			quoted = !quoted;
		else if (found && !quoted)
			counts[found - choices]++;
	}
	for (size_t i = 1; i < 3; i++)
		if (counts[i] > counts[best])
			best = i;
	return (unsigned char)choices[best];
}

/* Figures that would be absurd in the units that were taken for granted. */
static int check_units(const struct csv *csv)
{
	const struct imported *out = csv->reader->out;
	int64_t highest = 0;

	for (size_t i = 0; i < out->n; i++)
		if (out->rows[i].rss_bytes > highest)
			highest = out->rows[i].rss_bytes;
	if (csv->choice[COLUMN_RSS].assumed && highest > 0 && highest < 4096)
		return reader_fail(csv->reader, 0,
			"an RSS of %lld bytes at most is none: say its unit by --rss-unit, one of "
			"%s",
			(long long)highest, UNIT_BYTES_CHOICES);
	return 0;
}

static int feed(struct csv *csv)
{
	struct reader *reader = csv->reader;
	char *text;

	while (!csv->code && (text = reader_line(reader))) {
		size_t length = strlen(text);

		if (!csv->line)
			csv->line = reader->line;
		text[length] = '\n'; /* a quoted field may go on in the next line */
		if (csv_parse(&csv->parser, text, length + 1, on_field, on_row, csv) ==
				length + 1 ||
			csv->code) {
			if (!csv->fields && !csv->parser.quoted)
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

const char *csv_header(const char *text)
{
	const char *end;

	while (*text == '#' && (end = strchr(text, '\n')) && !strchr("0123456789+-.", end[1]))
		text = end + 1;
	return text;
}

int read_csv(struct reader *reader)
{
	const char *header = csv_header(reader->text);
	struct csv csv = {.reader = reader};
	int code;

	if (csv_init(&csv.parser, CSV_STRICT))
		return -ENOMEM;
	csv.psrecord = strcmp(reader->out->format, "psrecord") == 0;
	while (reader->next < header)
		reader_line(reader);
	csv_set_delim(&csv.parser, separator(header));
	code = feed(&csv);
	if (!code)
		code = check_units(&csv);
	if (!code && !csv.calendar && reader->out->n && reader->out->rows[0].t_ns >= 1e18)
		reader->out->since_epoch = true; /* after 2001 */
	csv_free(&csv.parser);
	free(csv.text);
	return code;
}
