/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes a file into memory, finds its format by its first words, and has it read. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/import/reader.h"
#include "soak/import/units.h"

static bool begins(const char *text, const char *words)
{
	return strncmp(text, words, strlen(words)) == 0;
}

static bool is_prometheus(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '{';
}

static bool is_psrecord(const char *text)
{
	return begins(text, "# Elapsed time") || begins(text, "elapsed_time,nproc,cpu,mem_real,");
}

static bool is_mprof(const char *text)
{
	return begins(text, "CMDLINE ") || begins(text, "MEM ");
}

/* Anything whose header has a separator. */
static bool is_csv(const char *text)
{
	text = csv_header(text);
	return text[strcspn(text, ",;\t\n")] != '\0' && text[strcspn(text, ",;\t\n")] != '\n';
}

/* In the order in which they are tried. */
static const struct format {
	const char *name;
	bool (*is)(const char *text);
	read_fn *read;
	bool columns, unit, labels, children, whole; /* options it takes; whole: not line by line */
} formats[] = {
	{"prometheus", is_prometheus, read_prometheus, .unit = true, .labels = true, .whole = true},
	{"psrecord", is_psrecord, read_psrecord, .columns = false},
	{"mprof", is_mprof, read_mprof, .children = true},
	{"csv", is_csv, read_csv, .columns = true, .unit = true},
};

#define FORMATS (sizeof(formats) / sizeof(*formats))

bool import_has_format(const char *name)
{
	for (size_t i = 0; i < FORMATS; i++)
		if (strcmp(formats[i].name, name) == 0)
			return true;
	return false;
}

static int load(struct reader *reader)
{
	bool standard_input = strcmp(reader->path, "-") == 0;
	FILE *in = standard_input ? stdin : fopen(reader->path, "re");
	size_t size = 0, capacity = 0, got;
	int code = 0;

	if (!in)
		code = -errno;
	while (!code) {
		if (size == capacity) {
			char *grown = realloc(reader->text, 2 * capacity + 65536);

			if (!grown) {
				code = -ENOMEM;
				break;
			}
			reader->text = grown;
			capacity = 2 * capacity + 65535; /* and a NUL */
		}
		got = fread(reader->text + size, 1, capacity - size, in);
		size += got;
		if (!got)
			code = ferror(in) ? -errno : 1;
	}
	if (code < 0)
		snprintf(reader->error, reader->error_size, "cannot read %s: %s", reader->path,
			strerror(-code));
	else
		reader->text[size] = '\0';
	if (in && !standard_input)
		fclose(in);
	reader->size = size;
	return code < 0 ? code : 0;
}

/* A byte order mark goes. */
static int look_over(struct reader *reader)
{
	if (begins(reader->text, "SQLite format 3"))
		return reader_fail(reader, 0, "this is a run already: soak check judges it");
	if (memchr(reader->text, '\0', reader->size))
		return reader_fail(reader, 0, "this is no text: a byte of it is zero");
	if (begins(reader->text, "\xef\xbb\xbf")) {
		reader->size -= 3;
		memmove(reader->text, reader->text + 3, reader->size + 1);
	}
	if (!reader->text[strspn(reader->text, " \t\r\n")])
		return reader_fail(reader, 0, "the file is empty");
	return 0;
}

static int find_format(const struct reader *reader, const struct format **ret_format)
{
	const char *asked = reader->options->format;

	for (size_t i = 0; i < FORMATS; i++) {
		*ret_format = &formats[i];
		if (asked ? strcmp(formats[i].name, asked) == 0 : formats[i].is(reader->text))
			return 0;
	}
	return reader_fail(reader, 0,
		"neither psrecord, mprof, Prometheus JSON nor CSV with a "
		"header: name it by --format");
}

/* An option that the format has no use for was meant for another file. */
static int check_options(const struct reader *reader, const struct format *format)
{
	const struct import_options *options = reader->options;
	const char *idle = NULL;

	if (!format->columns && (options->time || options->rss || options->ops))
		idle = "--time, --rss and --ops name columns of CSV";
	else if (!format->columns && options->time_unit)
		idle = "--time-unit is for CSV";
	else if (!format->unit && options->rss_unit)
		idle = "--rss-unit is for CSV and Prometheus";
	else if (!format->labels && options->nselect)
		idle = "--select is for Prometheus";
	else if (!format->children && options->children_given)
		idle = "--children is for mprof";
	return idle ? reader_fail(reader, 0, "this is %s; %s", format->name, idle) : 0;
}

/* What was cut off within a figure looks like a smaller one: reader_line() leaves it out. */
static void note_cut_line(struct reader *reader)
{
	const char *end = strrchr(reader->text, '\n'), *last = end ? end + 1 : reader->text;

	if (last[strspn(last, " \t\r")])
		reader_note(reader,
			"the last line has no line end: it may be cut off, and was left out");
}

static int read_rows(struct reader *reader)
{
	const struct format *format;
	int code = look_over(reader);

	if (!code)
		code = find_format(reader, &format);
	if (!code)
		code = check_options(reader, format);
	if (code)
		return code;
	reader->out->format = format->name;
	if (!format->whole)
		note_cut_line(reader);
	reader->next = reader->text;
	code = format->read(reader);
	if (!code && !reader->out->n)
		return reader_fail(reader, 0, "no samples in it");
	if (!code && !(reader->out->rss_step_bytes > 0))
		return reader_fail(reader, 0, "no RSS in it: all of %s is empty or zero",
			reader->out->rss_from);
	return code;
}

int import_read(const char *path, const struct import_options *options,
	struct imported *ret_imported, char *error, size_t error_size)
{
	struct reader reader = {.path = path,
		.options = options,
		.out = ret_imported,
		.error = error,
		.error_size = error_size};
	int code;

	*ret_imported = (struct imported){0};
	error[0] = '\0';
	code = load(&reader);
	if (!code)
		code = read_rows(&reader);
	if (code == -ENOMEM)
		snprintf(error, error_size, "%s: %s", path, strerror(ENOMEM));
	free(reader.text);
	return code;
}

void imported_release(struct imported *imported)
{
	free(imported->rows);
}
