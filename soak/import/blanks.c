/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Columns separated by blanks: what ps, top -b, pidstat, docker stats, kubectl top and psrecord
 * print, once or in a loop, and logs of one's own.
 *
 * The first column of the table is the time of each row: what the row begins with, or else the
 * latest line that was a time and nothing more, or top's first line. It may be empty throughout.
 *
 * Called by import.c.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "soak/import/figures.h"
#include "soak/import/header.h"
#include "soak/import/names.h"
#include "soak/import/times.h"

#define HEADER_WITHIN 200 /* lines */
#define LINE_MAX_BYTES 4096

struct blanks {
	struct reader *reader;
	bool wide;   /* two blanks separate, one belongs to a name: MEM USAGE / LIMIT */
	bool header; /* is known */
	bool first_is_time;
	bool all_begin_with_time; /* the header does, as pidstat's; its averages do not */
	bool other; /* the latest header was of another table: pidstat -u between those of -r */
	bool round;
	bool has_time; /* a line was one */
	size_t time;   /* its text in the pool */
};

static const char *cell_end(const char *at, bool wide)
{
	while (*at && *at != '\t' && !(*at == ' ' && (!wide || at[1] == ' ' || !at[1])))
		at++;
	return at;
}

/* Adds the cells of a line, at most `most`, of which the last takes what is left. */
static int split(struct table *table, const char *line, bool wide, size_t most)
{
	for (size_t n = 1;; n++) {
		const char *end;

		line += strspn(line, " \t");
		if (!*line)
			return 0;
		end = n == most ? line + strlen(line) : cell_end(line, wide);
		while (end > line && isblank((unsigned char)end[-1]))
			end--;
		if (table_cell(table, line, (size_t)(end - line)))
			return -ENOMEM;
		line = end;
	}
}

static const char *without_hash(const char *line)
{
	line += strspn(line, " \t");
	if (*line == '#')
		line += 1 + strspn(line + 1, " \t");
	return line;
}

/* The cell that names RSS has a blank within. */
static bool has_wide_name(const struct reader *reader)
{
	const struct table *table = &reader->table;
	const size_t *cells = table->cells + table->ncells - table_cells(table);

	for (size_t i = 0; i < table_cells(table); i++)
		if (strchr(table->pool + cells[i], ' ') &&
			name_find(table->pool + cells[i]).meaning == MEANS_RSS)
			return true;
	return false;
}

/* A header of pidstat's, without RSS. */
static bool is_other_header(const struct table *table)
{
	const size_t *cells = table->cells + table->ncells - table_cells(table);

	if (!header_is_row(table))
		return false;
	for (size_t i = 0; i < table_cells(table); i++)
		if (strcmp(table->pool + cells[i], "PID") == 0 ||
			strcmp(table->pool + cells[i], "TID") == 0)
			return true;
	return false;
}

/* Splits a line that may be a header: pidstat's begins with a time. */
static int split_header(struct blanks *blanks, const char *line, bool *ret_header)
{
	struct table *table = &blanks->reader->table;
	size_t time;

	line = without_hash(line);
	time = time_prefix(line, false).length;
	*ret_header = false;
	blanks->wide = true;
	if (split(table, line, true, 0))
		return -ENOMEM;
	if (header_is_row(table) && has_wide_name(blanks->reader)) {
		*ret_header = true;
		return 0;
	}
	table_drop_cells(table);
	blanks->wide = false;
	if ((time && table_cell(table, "time", 4)) || split(table, line + time, false, 0))
		return -ENOMEM;
	*ret_header = header_names_rss(blanks->reader);
	blanks->all_begin_with_time |= *ret_header && time;
	if (*ret_header || is_other_header(table))
		blanks->other = !*ret_header;
	if (!*ret_header)
		table_drop_cells(table);
	return 0;
}

/* Whether one of the first lines is a header. */
static int find_header(struct blanks *blanks, bool *ret_found)
{
	const char *text = blanks->reader->text;
	char line[LINE_MAX_BYTES];
	int code = 0;

	*ret_found = false;
	for (int i = 0; i < HEADER_WITHIN && *text && !*ret_found && !code; i++) {
		size_t length = strcspn(text, "\r\n");

		snprintf(line, sizeof(line), "%.*s",
			length < sizeof(line) ? (int)length : (int)sizeof(line) - 1, text);
		code = split_header(blanks, line, ret_found);
		table_drop_cells(&blanks->reader->table);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return code;
}

/* ps, top and pidstat have columns that nobody else has; their TIME is CPU time, their RSS KiB. */
static bool is_process_table(const struct table *table)
{
	static const char *const columns[] = {
		"pid", "vsz", "virt", "%mem", "tty", "command", "cmd", "rss", "res", "rsz"};

	for (size_t i = 0; i < table->nnames; i++)
		for (size_t c = 0; c < sizeof(columns) / sizeof(*columns); c++)
			if (strcasecmp(table_name_of(table, i), columns[c]) == 0 &&
				(c < 7 || isupper((unsigned char)table_name_of(table, i)[0])))
				return true;
	return false;
}

static int add_time_name(struct blanks *blanks)
{
	struct table *table = &blanks->reader->table;
	size_t name;

	blanks->first_is_time = false;
	if (table->nnames) {
		enum meaning meaning = name_find(table_name_of(table, 0)).meaning;

		blanks->first_is_time = meaning == MEANS_TIME || meaning == MEANS_DATE;
	}
	if (blanks->first_is_time)
		return 0;
	if (table_name(table, "time", 4))
		return -ENOMEM;
	name = table->names[table->nnames - 1];
	memmove(table->names + 1, table->names, (table->nnames - 1) * sizeof(*table->names));
	table->names[0] = name;
	return 0;
}

static int take_header(struct blanks *blanks)
{
	struct table *table = &blanks->reader->table;
	bool process;

	blanks->round = true;
	if (blanks->header && table_cells(table) + !blanks->first_is_time == table->nnames) {
		table_drop_cells(table);
		return 0;
	}
	if (blanks->header)
		return reader_fail(blanks->reader, blanks->reader->line,
			"another header begins here: split the file before it");
	if (header_take(blanks->reader))
		return -ENOMEM;
	process = is_process_table(table);
	if (process)
		table->plain_unit = 1024;
	for (size_t i = 0; i < table->nnames; i++) {
		const char *name = table_name_of(table, i);
		bool cpu_time = i > 0 && process && strncasecmp(name, "time", 4) == 0;

		if (strcmp(name, "MEM USAGE / LIMIT") == 0)
			table->powers_of_1000 = true;
		if (cpu_time && table_text(table, "cpu", 3, &table->names[i]))
			return -ENOMEM;
	}
	blanks->header = true;
	return add_time_name(blanks);
}

/* A line that is a time and nothing else, also in seconds since 1970; or top's first. */
static bool is_time_line(const struct blanks *blanks, const char *line)
{
	if (strncmp(line, "top - ", 6) == 0)
		return time_prefix(line + 6, false).length > 0;
	if (time_parse(line, false).kind)
		return true;
	return blanks->header && blanks->reader->table.nnames > 2 &&
	       strspn(line, "0123456789") >= 9 && !line[strspn(line, "0123456789.")];
}

static int take_time_line(struct blanks *blanks, const char *line)
{
	size_t length;

	if (strncmp(line, "top - ", 6) == 0) {
		line += 6;
		length = time_prefix(line, false).length;
	} else {
		length = strlen(line);
	}
	blanks->round = blanks->has_time = true;
	return table_text(&blanks->reader->table, line, length, &blanks->time);
}

/* Lines of top and pidstat that are not rows. */
static bool is_summary(const char *line)
{
	static const char *const begins[] = {"%Cpu", "Cpu", "MiB ", "KiB ", "GiB ",
		"Average:", "top - ", "Linux ", "Mem:", "Swap:", "Tasks:", "Threads:"};

	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (strncmp(line, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

static int add_time_cell(struct blanks *blanks, const char *line, size_t *ret_length)
{
	struct table *table = &blanks->reader->table;
	size_t length = time_prefix(line, false).length;

	if (!length && blanks->first_is_time)
		length = (size_t)(cell_end(line, blanks->wide) - line);
	*ret_length = length;
	if (length)
		return table_cell(table, line, length);
	return blanks->has_time ? table_cell_at(table, blanks->time) : table_cell(table, "", 0);
}

static int take_row(struct blanks *blanks, const char *line)
{
	struct reader *reader = blanks->reader;
	struct table *table = &reader->table;
	size_t length, most = 0;
	const char *rest;
	int code;

	if (blanks->header && table->nnames > 1 &&
		name_find(table_name_of(table, table->nnames - 1)).meaning != MEANS_RSS)
		most = table->nnames - 1;
	code = add_time_cell(blanks, line, &length);
	rest = line + length;
	/* Two names for one time: "date time rss". */
	if (!code && blanks->first_is_time && length && most > 1 && strchr(line, ' ') < rest &&
		strchr(line, ' ') && name_find(table_name_of(table, 1)).meaning == MEANS_TIME) {
		code = table_cell(table, "", 0);
		most--;
	}
	if (!code)
		code = split(table, rest, blanks->wide, most);
	if (!code && !table->nnames) {
		code = table_name(table, "time", 4);
		for (size_t i = 1; i < table_cells(table) && !code; i++) {
			char name[24];

			code = table_name(
				table, name, (size_t)snprintf(name, sizeof(name), "%zu", i));
		}
		table->headless = true;
	}
	if (!code)
		code = table_end_row(table, reader->line, blanks->round);
	blanks->round = false;
	return code;
}

static int take_line(struct blanks *blanks, const char *line, bool expected)
{
	bool header, comment;
	int code;

	line += strspn(line, " \t");
	comment = *line == '#';
	if (!*line || header_is_rule(line, strlen(line)))
		return 0;
	if (is_time_line(blanks, line))
		return take_time_line(blanks, line);
	if (blanks->all_begin_with_time && !time_prefix(line, false).length)
		return 0;
	if (expected && (isalpha((unsigned char)without_hash(line)[0]) || !blanks->header ||
				comment || strstr(line, "RSS") || strstr(line, " PID "))) {
		bool wide = blanks->wide;

		code = split_header(blanks, line, &header);
		if (code)
			return code;
		if (header)
			return take_header(blanks);
		blanks->wide = wide;
	}
	if (comment || blanks->other || (expected && !blanks->header) || is_summary(line))
		return 0;
	return take_row(blanks, line);
}

/* --rss and nothing that says the names: the first line is the header if no figure is in it. */
static bool first_line_is_header(struct blanks *blanks)
{
	char line[LINE_MAX_BYTES];
	const char *text = blanks->reader->text;
	bool is;

	text += strspn(text, " \t\r\n");
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\r\n"), text);
	if (split(&blanks->reader->table, without_hash(line), false, 0))
		return false;
	is = table_cells(&blanks->reader->table) > 1 && header_is_row(&blanks->reader->table) &&
	     !time_parse(line, false).kind && !is_summary(line);
	table_drop_cells(&blanks->reader->table);
	return is;
}

int read_blanks(struct reader *reader)
{
	struct blanks blanks = {.reader = reader};
	bool expected;
	char *line;
	int code = find_header(&blanks, &expected);

	if (!code && !expected && first_line_is_header(&blanks)) {
		line = reader_line(reader);
		while (line && !line[strspn(line, " \t")])
			line = reader_line(reader);
		if (line && !split(&reader->table, without_hash(line), false, 0))
			code = take_header(&blanks);
	}
	while (!code && (line = reader_line(reader)))
		code = take_line(&blanks, line, expected);
	return code;
}
