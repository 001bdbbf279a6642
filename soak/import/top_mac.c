/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What top -l prints on macOS: a summary whose second line is the time, then a table
 *
 *   PID    COMMAND          %CPU TIME     #TH   MEM    PURG  ...
 *   4711*  Google Chrome    0.0  00:01.23 5     112M+  0B    ...
 *
 * The command may hold blanks, so that the cells behind it are counted from the line's end. A sign
 * behind a figure says that it rose or fell. MEM is the footprint: what is dirty or compressed.
 *
 * Called by import.c.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "soak/import/reader.h"
#include "soak/import/times.h"

#define WORDS_MAX 64

struct words {
	const char *at[WORDS_MAX];
	size_t length[WORDS_MAX];
	size_t n;
};

struct top_mac {
	struct reader *reader;
	size_t columns, pid, command, memory; /* of the header */
	bool round;
	size_t time; /* in the pool */
};

static struct words split_words(const char *line)
{
	struct words words = {.n = 0};

	for (line += strspn(line, " \t"); *line && words.n < WORDS_MAX;
		line += strspn(line, " \t")) {
		words.at[words.n] = line;
		words.length[words.n] = strcspn(line, " \t");
		line += words.length[words.n++];
	}
	return words;
}

static size_t find_word(const struct words *words, const char *wanted)
{
	for (size_t i = 0; i < words->n; i++)
		if (words->length[i] == strlen(wanted) &&
			strncmp(words->at[i], wanted, words->length[i]) == 0)
			return i;
	return words->n;
}

static bool take_header(struct top_mac *top, const struct words *words)
{
	size_t memory = find_word(words, "MEM");

	if (find_word(words, "PID") == words->n || find_word(words, "COMMAND") == words->n)
		return false;
	if (memory == words->n)
		memory = find_word(words, "RSIZE"); /* before OS X 10.9 */
	top->columns = words->n;
	top->pid = find_word(words, "PID");
	top->command = find_word(words, "COMMAND");
	top->memory = memory;
	top->round = true;
	return true;
}

static int take_row(struct top_mac *top, const struct words *words)
{
	struct table *table = &top->reader->table;
	size_t blanks = words->n - top->columns; /* within the command */
	size_t pid = top->pid + (top->pid > top->command ? blanks : 0);
	size_t memory = top->memory + (top->memory > top->command ? blanks : 0);
	const char *name = words->at[top->command], *figure = words->at[memory];
	size_t last = top->command + blanks, length = words->length[memory];

	if (!isdigit((unsigned char)*words->at[pid]))
		return 0;
	if (strchr("+-", figure[length - 1]))
		length--;
	if (table_cell_at(table, top->time) ||
		table_cell(table, words->at[pid], strspn(words->at[pid], "0123456789")) ||
		table_cell(table, name, (size_t)(words->at[last] + words->length[last] - name)) ||
		table_cell(table, figure, length) ||
		table_end_row(table, top->reader->line, top->round))
		return -ENOMEM;
	top->round = false;
	return 0;
}

static int take_line(struct top_mac *top, const char *line)
{
	struct words words = split_words(line);

	if (time_parse(line, false).kind == TIME_DATE)
		return table_text(&top->reader->table, line, strlen(line), &top->time);
	if (take_header(top, &words))
		return top->memory < top->columns
			       ? 0
			       : reader_fail(top->reader, top->reader->line,
					 "top has no column MEM here: top -l 0 -stats "
					 "pid,command,mem");
	if (!top->columns || words.n < top->columns || words.n == WORDS_MAX)
		return 0;
	return take_row(top, &words);
}

int read_top_mac(struct reader *reader)
{
	static const char *const names[] = {"time", "PID", "COMMAND", "MEM"};
	struct top_mac top = {.reader = reader};
	char *line;
	int code = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (table_name(&reader->table, names[i], strlen(names[i])))
			return -ENOMEM;
	if (table_text(&reader->table, "", 0, &top.time))
		return -ENOMEM;
	while (!code && (line = reader_line(reader)))
		code = take_line(&top, line);
	return code;
}
