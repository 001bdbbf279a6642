/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finds a file's format by its first words, and has it read: docs/importing.md. Called by soak
 * import.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "soak/import/header.h"
#include "soak/import/log.h"
#include "soak/import/units.h"

#define LOOKED_AT 65536 /* bytes in which a format shows */

static bool begins(const char *text, const char *words)
{
	return strncmp(text, words, strlen(words)) == 0;
}

/* Is it within the first lines? */
static bool has_early(const struct reader *reader, const char *words)
{
	size_t size = reader->size < LOOKED_AT ? reader->size : LOOKED_AT;

	return memmem(reader->text, size, words, strlen(words)) != NULL;
}

static const char *past_blanks(const struct reader *reader)
{
	return reader->text + strspn(reader->text, " \t\r\n");
}

static bool is_prometheus(const struct reader *reader)
{
	const char *text = past_blanks(reader);

	return *text == '{' &&
	       (has_early(reader, "\"resultType\"") || begins(text, "{\"status\":"));
}

static bool is_object_with(const struct reader *reader, const char *word)
{
	return *past_blanks(reader) == '{' && has_early(reader, word);
}

static bool is_cloudwatch(const struct reader *reader)
{
	return is_object_with(reader, "\"Datapoints\"") ||
	       is_object_with(reader, "\"MetricDataResults\"");
}

static bool is_datadog(const struct reader *reader)
{
	return is_object_with(reader, "\"pointlist\"");
}

static bool is_atop(const struct reader *reader)
{
	return begins(reader->text, "RESET\n") || begins(reader->text, "SEP\n") ||
	       begins(reader->text, "PRM ");
}

static bool is_top_mac(const struct reader *reader)
{
	return begins(past_blanks(reader), "Processes: ") && has_early(reader, "\nPhysMem: ");
}

static bool is_json(const struct reader *reader)
{
	const char *text = past_blanks(reader);

	char next = text[*text ? 1 + strspn(text + 1, " \t\r\n") : 0];

	return (*text == '{' && strchr("\"}", next)) || (*text == '[' && next == '{');
}

static bool is_psrecord(const struct reader *reader)
{
	return begins(reader->text, "# Elapsed time");
}

static bool is_mprof(const struct reader *reader)
{
	return begins(reader->text, "CMDLINE ") || begins(reader->text, "MEM ");
}

static bool is_status(const struct reader *reader)
{
	return has_early(reader, "VmRSS:") || begins(reader->text, "Rss:") ||
	       has_early(reader, "\nRss:");
}

static bool is_log(const struct reader *reader)
{
	return log_has_label(reader->text);
}

static bool is_csv(const struct reader *reader)
{
	const char *text = header_skip_comments(reader);

	return header_separator(text + (*text == '#')) != ' ';
}

static bool is_table(const struct reader *reader)
{
	(void)reader;
	return true;
}

/* In the order in which they are tried. */
static const struct format {
	const char *name;
	bool (*is)(const struct reader *reader);
	read_fn *read;
	bool children, whole; /* takes --children; is not read line by line */
} formats[] = {
	{"cloudwatch", is_cloudwatch, read_cloudwatch, .whole = true},
	{"datadog", is_datadog, read_datadog, .whole = true},
	{"prometheus", is_prometheus, read_prometheus, .whole = true},
	{"json", is_json, read_json, .whole = false},
	{"psrecord", is_psrecord, read_blanks, .whole = false},
	{"mprof", is_mprof, read_mprof, .children = true},
	{"atop", is_atop, read_atop, .whole = false},
	{"top-mac", is_top_mac, read_top_mac, .whole = false},
	{"status", is_status, read_status, .whole = false},
	{"log", is_log, read_log, .whole = false},
	{"csv", is_csv, read_csv, .whole = false},
	{"table", is_table, read_blanks, .whole = false},
};

#define FORMATS (sizeof(formats) / sizeof(*formats))

static const struct format *find_format(const struct reader *reader)
{
	const char *asked = reader->options->format;
	size_t i = 0;

	while (i + 1 < FORMATS &&
		!(asked ? strcmp(formats[i].name, asked) == 0 : formats[i].is(reader)))
		i++;
	return &formats[i];
}

/* What was cut off within a figure looks like a smaller one: reader_line() leaves it out. */
static void note_cut_line(struct reader *reader)
{
	const char *end = strrchr(reader->text, '\n'), *last = end ? end + 1 : reader->text;

	if (last[strspn(last, " \t\r")] && *past_blanks(reader) != '[')
		reader_note(reader,
			"the last line has no line end: it may be cut off, and was left out");
}

static int read_series(struct reader *reader, struct import_set *ret_set)
{
	const struct format *format = find_format(reader);
	int code;

	if (!format->children && reader->options->children_given)
		return reader_fail(reader, 0, "this is %s; --children is for mprof", format->name);
	reader->format = format->name;
	if (!format->whole)
		note_cut_line(reader);
	reader->next = reader->text;
	code = format->read(reader);
	return code ? code : reader_series(reader, ret_set);
}

int import_read(const char *path, const struct import_options *options, struct import_set *ret_set,
	struct text *error)
{
	struct reader reader = {.path = path, .options = options, .error = error};
	int code;

	*ret_set = (struct import_set){0};
	text_release(error);
	code = reader_load(&reader);
	if (!code)
		code = read_series(&reader, ret_set);
	if (code == -ENOMEM)
		text_set(error, "%s: %s", path, strerror(ENOMEM));
	free(reader.text);
	text_release(&reader.command);
	text_release(&reader.notes);
	table_release(&reader.table);
	return code;
}

static void row_release(struct import_row *row)
{
	free(row->segment);
	free(row->mark);
}

static void imported_release(struct imported *imported)
{
	struct text *texts[] = {&imported->time_from, &imported->rss_from, &imported->ops_from,
		&imported->series, &imported->command, &imported->notes};

	for (size_t i = 0; i < imported->n; i++)
		row_release(&imported->rows[i]);
	free(imported->rows);
	for (size_t t = 0; t < sizeof(texts) / sizeof(*texts); t++)
		text_release(texts[t]);
}

void import_set_release(struct import_set *set)
{
	for (size_t s = 0; s < set->n; s++)
		imported_release(&set->series[s]);
	free(set->series);
}
