/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first lines of a table in text: see header.h. Called by the formats that have rows. */
#include <stdio.h>
#include <string.h>

#include "soak/import/figures.h"
#include "soak/import/header.h"
#include "soak/import/names.h"
#include "soak/import/times.h"

#define LINES_LOOKED_AT 12
#define CELL_MAX 128

/* Is the cell a figure, a time, or a placeholder for a missing figure? */
static bool is_data(const char *cell)
{
	enum figure_kind kind = figure_parse(cell, DECIMAL_UNKNOWN, false).kind;

	return kind == FIGURE_NUMBER || kind == FIGURE_INFINITE || time_parse(cell, false).kind;
}

static const char *unfinished(const struct table *table, size_t i)
{
	return table->pool + table->cells[table->ncells - table_cells(table) + i];
}

bool header_is_row(const struct table *table)
{
	for (size_t i = 0; i < table_cells(table); i++)
		if (figure_parse(unfinished(table, i), DECIMAL_UNKNOWN, false).kind ==
				FIGURE_NUMBER ||
			time_parse(unfinished(table, i), false).kind == TIME_DATE)
			return false;
	return true;
}

bool header_names_rss(const struct reader *reader)
{
	const struct table *table = &reader->table;
	const char *asked = reader->options->rss;

	if (!header_is_row(table))
		return false;
	for (size_t i = 0; i < table_cells(table); i++) {
		const char *cell = unfinished(table, i);

		if (asked ? strcmp(cell, asked) == 0 : name_find(cell).meaning == MEANS_RSS)
			return true;
	}
	return false;
}

int header_take(struct reader *reader)
{
	struct table *table = &reader->table;
	int code = 0;

	table->nnames = 0;
	for (size_t i = 0; i < table_cells(table) && !code; i++) {
		char name[CELL_MAX * 2];

		/* A copy: the pool may move. */
		snprintf(name, sizeof(name), "%s", unfinished(table, i));
		name[strcspn(name, "\n\r")] = '\0';
		code = table_name(
			table, name + strspn(name, " \t"), strlen(name + strspn(name, " \t")));
	}
	for (size_t i = 0; i < table->nnames; i++) {
		char *name = table->pool + table->names[i];
		size_t n = strlen(name);

		while (n && (name[n - 1] == ' ' || name[n - 1] == '\t'))
			name[--n] = '\0';
	}
	table_drop_cells(table);
	return code;
}

int header_take_numbers(struct reader *reader)
{
	return table_number_names(&reader->table, table_cells(&reader->table));
}

/* The next cell of a line, without quotes; returns what follows, NULL at the line's end. */
static const char *next_cell(const char *at, char separator, char *cell)
{
	bool quoted = false;
	size_t n = 0;

	if (separator == ' ')
		at += strspn(at, " \t");
	for (; *at && *at != '\n' && *at != '\r'; at++) {
		if (*at == '"')
			quoted = !quoted;
		else if (!quoted &&
			 (separator == ' ' ? *at == ' ' || *at == '\t' : *at == separator))
			break;
		else if (n + 1 < CELL_MAX)
			cell[n++] = *at;
	}
	cell[n] = '\0';
	return *at && *at != '\n' && *at != '\r' ? at + 1 : NULL;
}

struct score {
	size_t cells, good;
};

/* Cells that are figures, times or known names. */
static struct score score(const char *text, char separator)
{
	struct score score = {0};
	char cell[CELL_MAX];

	for (int line = 0; line < LINES_LOOKED_AT && text && *text; line++) {
		const char *at = text;
		bool all_one = true;

		if (separator == ' ') {
			size_t time = time_prefix(at, false).length;

			score.cells += time != 0;
			score.good += time != 0;
			at += time;
			all_one = time == 0;
		}
		while (at) {
			at = next_cell(at, separator, cell);
			if (!cell[0] && separator == ' ')
				continue;
			if (at)
				all_one = false;
			if (at || !all_one) {
				score.cells++;
				score.good += is_data(cell) || name_find(cell).meaning;
			}
		}
		text = strchr(text, '\n');
		text += text != NULL;
	}
	return score;
}

char header_separator(const char *text)
{
	static const char choices[] = "\t;,| ";
	struct score best = {0};
	char separator = ' ';

	for (const char *c = choices; *c; c++) {
		struct score next = score(text, *c);

		/* The larger share of good cells; if equal, the most cells, blanks last. */
		if (!next.cells)
			continue;
		if (!best.cells || next.good * best.cells > best.good * next.cells ||
			(*c != ' ' && next.good * best.cells == best.good * next.cells &&
				next.cells > best.cells)) {
			best = next;
			separator = *c;
		}
	}
	return separator;
}

/* Has this comment the name of a column that is RSS, or the one that was asked for? */
static bool comment_is_header(const struct reader *reader, const char *line)
{
	const char separators[] = ",;\t ";
	const char *asked = reader->options->rss;
	char cell[CELL_MAX];

	for (const char *c = separators; *c; c++)
		for (const char *at = line; at;) {
			at = next_cell(at, *c, cell);
			if (asked ? strcmp(cell, asked) == 0 : name_find(cell).meaning == MEANS_RSS)
				return true;
		}
	return strstr(line, "Real (MB)") != NULL && strchr(line, '\n') > strstr(line, "Real (MB)");
}

bool header_is_rule(const char *text, size_t length)
{
	size_t n = strspn(text, "-=+:| \t");

	return (n >= length || text[n] == '\r') && strcspn(text, "-=") < length;
}

/* Excel's first line "sep=;" and the frame above a table say nothing that the rows do not. */
static bool is_preamble(const char *text)
{
	return strncmp(text, "sep=", 4) == 0 ||
	       (*text == '+' && header_is_rule(text, strcspn(text, "\n")));
}

char *header_skip_comments(const struct reader *reader)
{
	char *text = reader->text, *end;

	for (;;) {
		size_t blank = strspn(text, " \t\r\n");

		if (text[blank] != '#' && text[blank] && !is_preamble(text + blank)) {
			while (blank && text[blank - 1] != '\n')
				blank--;
			return text + blank;
		}
		text += blank;
		end = strchr(text, '\n');
		if (!end)
			return text;
		if (comment_is_header(reader, text + 1 + strspn(text + 1, " \t")) ||
			strchr("0123456789+-.", end[1]))
			return text;
		text = end + 1;
	}
}
