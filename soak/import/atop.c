/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What atop -P PRM prints (atop(1), "PARSEABLE OUTPUT"), one line a process and interval:
 *
 *   PRM host epoch date time interval pid (name) state pagesize vsize rsize ... tgid is_process ...
 *
 * Sizes are in KiB. The name may hold blanks and parentheses. Lines of threads, which repeat the
 * RSS of their process, and of processes that ended are left out, as are all other labels.
 *
 * Called by import.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "soak/import/reader.h"

enum { EPOCH = 2, PID = 6, BEFORE_NAME }; /* words before the name, from 0: "PRM" */
enum { STATE, RSIZE = 3, IS_PROCESS = 14, BEHIND_NAME };

/* Splits at blanks; returns how many words there are, at most `most`. */
static size_t split_words(char *text, char **words, size_t most)
{
	size_t n = 0;
	char *next = NULL;

	for (char *word = strtok_r(text, " ", &next); word && n < most;
		word = strtok_r(NULL, " ", &next))
		words[n++] = word;
	return n;
}

static int take_process(struct reader *reader, char *line)
{
	char *name = strchr(line, '('), *end = strrchr(line, ')');
	char *before[BEFORE_NAME], *behind[BEHIND_NAME];
	struct table *table = &reader->table;
	size_t n;

	if (!name || !end || end < name)
		return reader_fail(reader, reader->line, "this PRM line has no (name)");
	*name++ = *end++ = '\0';
	n = split_words(end, behind, BEHIND_NAME);
	if (split_words(line, before, BEFORE_NAME) < BEFORE_NAME || n <= RSIZE)
		return reader_fail(reader, reader->line, "this PRM line is too short");
	if (*behind[STATE] == 'E' || (n > IS_PROCESS && *behind[IS_PROCESS] == 'n'))
		return 0;
	if (table_cell(table, before[EPOCH], strlen(before[EPOCH])) ||
		table_cell(table, before[PID], strlen(before[PID])) ||
		table_cell(table, name, strlen(name)) ||
		table_cell(table, behind[RSIZE], strlen(behind[RSIZE])))
		return -ENOMEM;
	return table_end_row(table, reader->line, false);
}

int read_atop(struct reader *reader)
{
	static const char *const names[] = {"time", "pid", "name", "rsize"};
	struct table *table = &reader->table;
	char *line;
	int code = 0;

	table->plain_unit = 1024;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (table_name(table, names[i], strlen(names[i])))
			return -ENOMEM;
	while (!code && (line = reader_line(reader)))
		if (strncmp(line, "PRM ", 4) == 0)
			code = take_process(reader, line);
	if (!code && !table->n)
		return reader_fail(reader, 0,
			"no PRM line with a process, so nothing says RSS: atop -P PRM 10");
	return code;
}
