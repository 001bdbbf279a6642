/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of text that say the memory somewhere, as programs write them into their logs, redis-cli
 * INFO does, and /metrics in a loop:
 *
 *   [2024-05-13 10:00:00] INFO memory rss: 64692 KB
 *   time=2024-05-13T10:00:00Z msg=mem pid=4711 rss_bytes=51200000
 *   process_resident_memory_bytes 5.12e+07
 *
 * The label is the best one that the first lines have; all other lines are left out. A line that is
 * a time and nothing else is that of the lines after it.
 *
 * Called by import.c.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "soak/import/log.h"
#include "soak/import/names.h"
#include "soak/import/times.h"
#include "soak/import/units.h"

#define LINES_LOOKED_AT 400
#define WORDS_MAX 3
#define RANK_MAX 2 /* names that may be something else need a column */
#define TEXT_MAX 160

/* A figure and what it is called, within a line. */
struct labelled {
	char name[TEXT_MAX];
	const char *begin, *figure;
	int rank; /* 0: there is none */
};

static bool is_word(char c)
{
	return c && !isspace((unsigned char)c) && !strchr(",;:=[](){}|\"'", c);
}

/* The last `words` words before `end`. */
static const char *words_before(const char *line, const char *end, int words)
{
	const char *at = end;

	while (words--) {
		while (at > line && at[-1] == ' ')
			at--;
		while (at > line && is_word(at[-1]))
			at--;
	}
	return at;
}

static void try_name(struct labelled *best, const char *begin, const char *end, const char *figure)
{
	char name[TEXT_MAX];
	struct name_meaning found;

	figure += strspn(figure, " \t\"'");
	begin += strspn(begin, " \t-");
	while (end > begin && strchr(" \t\"'", end[-1]))
		end--;
	if (!isdigit((unsigned char)*figure) || end <= begin || end - begin >= TEXT_MAX)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)(end - begin), begin);
	found = name_find(name);
	if (found.meaning != MEANS_RSS || found.rank > RANK_MAX ||
		(best->rank && found.rank >= best->rank))
		return;
	strcpy(best->name, name);
	best->begin = begin;
	best->figure = figure;
	best->rank = found.rank;
}

/* "name: figure", "name=figure", and at the line's begin "name figure" and "name{label} figure". */
static struct labelled find_label(const char *line)
{
	struct labelled best = {0};
	const char *end = line + strcspn(line, " {"), *figure = end;

	for (const char *c = line; *c && *c != '\n'; c++)
		for (int words = WORDS_MAX; words && strchr(":=", *c); words--) {
			const char *name_end = c > line && strchr("\"'", c[-1]) ? c - 1 : c;

			try_name(&best, words_before(line, name_end, words), name_end, c + 1);
		}
	if (*figure == '{' && strchr(figure, '}'))
		figure = strchr(figure, '}') + 1;
	if (*figure == ' ' && strchr(line, '_') && strchr(line, '_') < end)
		try_name(&best, line, end, figure);
	return best;
}

/* The best label of the first lines. */
static struct labelled choose_label(const char *text)
{
	struct labelled best = {0};
	char line[4096];

	for (int i = 0; i < LINES_LOOKED_AT && *text; i++) {
		size_t length = strcspn(text, "\r\n");
		struct labelled found;

		snprintf(line, sizeof(line), "%.*s",
			length < sizeof(line) ? (int)length : (int)sizeof(line) - 1, text);
		found = find_label(line + strspn(line, " \t"));
		if (found.rank && (!best.rank || found.rank < best.rank))
			best = found;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return best;
}

bool log_has_label(const char *text)
{
	return choose_label(text).rank > 0;
}

/* Seconds since 1970 and nothing else that a number of so many digits could be. */
static size_t epoch_length(const char *text)
{
	size_t digits = strspn(text, "0123456789"), length = strspn(text, "0123456789.");

	return digits >= 9 && (!text[length] || isblank((unsigned char)text[length])) ? length : 0;
}

/* The time that a line begins with, in brackets or not; returns its length. */
static size_t find_time(const char *line, char *text)
{
	size_t length = 0;
	bool bracket;

	if (strncasecmp(line, "time=", 5) == 0 || strncasecmp(line, "ts=", 3) == 0)
		line = strchr(line, '=') + 1;
	bracket = *line && strchr("[(\"", *line);
	line += bracket;
	snprintf(text, TEXT_MAX, "%s", line);
	for (char *c = text; bracket && *c; c++)
		if (strchr("])\"", *c))
			*c = '\0';
	length = time_prefix(text, false).length;
	if (!length)
		length = epoch_length(text);
	while (length && strchr(" ,:-", text[length - 1]))
		length--;
	text[length] = '\0';
	return length;
}

/* With its unit, if it has one. */
static size_t figure_length(const char *figure)
{
	size_t length = strspn(figure, "0123456789.,"), blanks, letters = 0;
	char unit[16];

	if (strchr("eE", figure[length]) && figure[length]) {
		size_t sign = figure[length + 1] == '+' || figure[length + 1] == '-';
		size_t digits = strspn(figure + length + 1 + sign, "0123456789");

		length += digits ? 1 + sign + digits : 0;
	}
	while (length > 1 && strchr(",.", figure[length - 1]))
		length--;
	blanks = strspn(figure + length, " ");
	while (isalpha((unsigned char)figure[length + blanks + letters]))
		letters++;
	snprintf(unit, sizeof(unit), "%.*s", (int)letters, figure + length + blanks);
	return letters && letters < sizeof(unit) && unit_suffix(unit, false) > 0
		       ? length + blanks + letters
		       : length;
}

struct log {
	struct reader *reader;
	struct labelled label;
	size_t time; /* in the pool */
};

static int take_pid(struct table *table, const char *line)
{
	const char *pid = strcasestr(line, "pid=");

	if (pid && (pid == line || !is_word(pid[-1])))
		return table_cell(table, pid + 4, strspn(pid + 4, "0123456789"));
	return table_cell(table, "", 0);
}

static int take_line(struct log *log, const char *line)
{
	struct table *table = &log->reader->table;
	struct labelled found;
	char time[TEXT_MAX];
	size_t length, figure;
	const char *rest;

	line += strspn(line, " \t");
	found = *line == '#' ? (struct labelled){0} : find_label(line);
	length = find_time(line, time);
	if (!found.rank) {
		bool alone = length && !line[length + strspn(line + length, " \t")];

		return alone ? table_text(table, time, length, &log->time) : 0;
	}
	if (strcmp(found.name, log->label.name) != 0)
		return 0;
	figure = figure_length(found.figure);
	rest = found.figure + figure + strspn(found.figure + figure, " ");
	if (found.begin == line && epoch_length(rest)) {
		length = epoch_length(rest);
		snprintf(time, sizeof(time), "%.*s", (int)length, rest);
	}
	if (length ? table_cell(table, time, length) : table_cell_at(table, log->time))
		return -ENOMEM;
	if (take_pid(table, line) || table_cell(table, found.figure, figure))
		return -ENOMEM;
	return table_end_row(table, log->reader->line, false);
}

int read_log(struct reader *reader)
{
	struct log log = {.reader = reader, .label = choose_label(reader->text)};
	struct table *table = &reader->table;
	const char *name = log.label.name;
	char *line;
	int code = 0;

	if (!log.label.rank)
		return reader_fail(reader, 0, "no line says \"rss: FIGURE\" or the like");
	if (table_name(table, "time", 4) || table_name(table, "pid", 3) ||
		table_name(table, name, strlen(name)) || table_text(table, "", 0, &log.time))
		return -ENOMEM;
	while (!code && (line = reader_line(reader)))
		code = take_line(&log, line);
	return code;
}
