/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses the columns: see columns.h. Called by series.c. */
#include <string.h>
#include <strings.h>

#include "soak/import/columns.h"
#include "soak/import/figures.h"
#include "soak/import/names.h"
#include "soak/import/times.h"
#include "soak/import/units.h"

#define ROWS_LOOKED_AT 500

/* What stands in a column. */
struct content {
	/* Of the rows looked at; without empty ones. */
	size_t cells, figures, dates, clocks, epochs, bytes;
	bool date_only;
};

/* 12MiB and 12Mi are memory; 12m may be a thousandth of a processor. */
static bool says_bytes(const char *cell)
{
	size_t length = strcspn(cell, "/");

	while (length && cell[length - 1] == ' ')
		length--;
	return length && strchr("Bbi", cell[length - 1]);
}

static struct content look_at(const struct table *table, size_t column)
{
	size_t step = table->n / ROWS_LOOKED_AT + 1;
	struct content content = {.date_only = true};

	for (size_t i = 0; i < table->n; i += step) {
		const char *cell = table_at(table, &table->rows[i], column);
		struct figure figure = figure_parse(cell, DECIMAL_UNKNOWN, false);
		struct time_text time = time_parse(cell, false);

		if (figure.kind == FIGURE_ABSENT)
			continue;
		content.cells++;
		content.figures += figure.kind == FIGURE_NUMBER || figure.kind == FIGURE_INFINITE;
		content.epochs += figure.kind == FIGURE_NUMBER && !(figure.unit > 0) &&
				  figure.value > 9e8L && figure.value < 5e18L;
		content.bytes += figure.unit > 0 && says_bytes(cell);
		content.dates += time.kind == TIME_DATE || time.kind == TIME_NO_YEAR;
		content.clocks += time.kind == TIME_CLOCK;
		content.date_only &= time.date_only;
	}
	return content;
}

static bool mostly(size_t part, size_t whole)
{
	return whole && part * 10 >= whole * 9;
}

/* "a, b, c" for a message. */
static const char *list_columns(const struct table *table, struct text *list)
{
	for (size_t i = 0; i < table->nnames; i++)
		text_item(list, ", ", "%s", table_name_of(table, i));
	return text_of(list);
}

size_t columns_find(const struct table *table, const char *name)
{
	for (size_t i = 0; i < table->nnames; i++)
		if (strcmp(table_name_of(table, i), name) == 0)
			return i;
	for (size_t i = 0; i < table->nnames; i++)
		if (strcasecmp(table_name_of(table, i), name) == 0)
			return i;
	return COLUMN_ABSENT;
}

static int find_named(const struct reader *reader, const char *name, size_t *ret_column)
{
	const struct table *table = &reader->table;
	scoped_text list = {0};

	*ret_column = columns_find(table, name);
	if (*ret_column == COLUMN_ABSENT)
		return reader_fail(reader, 0, "no column is called \"%s\"; the columns are: %s",
			name, list_columns(table, &list));
	for (size_t i = *ret_column + 1; i < table->nnames; i++)
		if (strcmp(table_name_of(table, i), name) == 0)
			return reader_fail(reader, 0, "two columns are called \"%s\"", name);
	return 0;
}

static size_t find_time_by_name(const struct table *table)
{
	size_t best = COLUMN_ABSENT;

	for (size_t i = 0; i < table->nnames; i++) {
		enum meaning meaning = name_find(table_name_of(table, i)).meaning;

		if ((meaning == MEANS_TIME || (meaning == MEANS_DATE && best == COLUMN_ABSENT)) &&
			look_at(table, i).cells) {
			best = i;
			if (meaning == MEANS_TIME)
				break;
		}
	}
	return best;
}

static bool varies(const struct table *table, size_t column)
{
	return table->n < 2 || strcmp(table_at(table, &table->rows[0], column),
				       table_at(table, &table->rows[table->n - 1], column)) != 0;
}

/* Seconds since 1970 first, which have no zone and no order of day and month. */
static size_t find_time_by_content(const struct table *table)
{
	size_t best = COLUMN_ABSENT;

	for (size_t i = 0; i < table->nnames; i++) {
		struct content content = look_at(table, i);
		enum meaning meaning = name_find(table_name_of(table, i)).meaning;

		if (meaning != MEANS_NOTHING && !(table->headless && meaning == MEANS_TIME))
			continue;
		if (mostly(content.epochs, content.cells) && table->nnames > 1 &&
			varies(table, i) && (!table->headless || i + 1 < table->nnames))
			return i;
		if (best == COLUMN_ABSENT && mostly(content.dates + content.clocks, content.cells))
			best = i;
	}
	return best;
}

/* Without a header: the first of several columns of figures, if it never falls and mostly rises. */
static size_t find_rising(const struct table *table)
{
	size_t first = COLUMN_ABSENT, columns = 0, rises = 0;
	long double before = 0;

	for (size_t i = 0; i < table->nnames; i++)
		if (mostly(look_at(table, i).figures, look_at(table, i).cells)) {
			first = columns++ ? first : i;
		}
	if (columns < 2 || table->n < 2)
		return COLUMN_ABSENT;
	for (size_t i = 0; i < table->n; i++) {
		struct figure figure = figure_parse(
			table_at(table, &table->rows[i], first), DECIMAL_UNKNOWN, false);

		if (figure.kind != FIGURE_NUMBER)
			continue;
		if (i && figure.value < before)
			return COLUMN_ABSENT;
		rises += i && figure.value > before;
		before = figure.value;
	}
	return rises * 2 > table->n - 1 ? first : COLUMN_ABSENT;
}

static bool is_process_table(const struct table *table)
{
	return !table->headless && table->plain_unit == 1024;
}

/* A date in one column, the time of day in another. */
static void find_clock(const struct table *table, struct columns *columns)
{
	for (size_t i = 0; i < table->nnames; i++) {
		struct content here = look_at(table, columns->time), other = look_at(table, i);
		bool here_first = here.dates && here.date_only;

		if (i == columns->time || is_process_table(table))
			continue;
		if (here_first && mostly(other.clocks, other.cells)) {
			columns->clock = i;
			return;
		}
		if (mostly(here.clocks, here.cells) && mostly(other.dates, other.cells) &&
			other.date_only) {
			columns->clock = columns->time;
			columns->time = i;
			return;
		}
	}
}

static int choose_time(struct reader *reader, struct columns *columns)
{
	const struct import_options *options = reader->options;
	const struct table *table = &reader->table;
	scoped_text list = {0};

	columns->time = columns->clock = COLUMN_ABSENT;
	if (options->interval_ns)
		return 0;
	if (options->time) {
		int code = find_named(reader, options->time, &columns->time);

		if (code)
			return code;
	}
	if (columns->time == COLUMN_ABSENT)
		columns->time = table->fixed ? 0 : find_time_by_name(table);
	if (columns->time == COLUMN_ABSENT && !is_process_table(table))
		columns->time = find_time_by_content(table);
	if (columns->time == COLUMN_ABSENT && table->headless)
		columns->time = find_rising(table);
	if (columns->time == COLUMN_ABSENT)
		return reader_fail(reader, 0,
			"no column's name says that it is the time: name it by --time, or say by "
			"--interval 10s how far apart the rows are; the columns are: %s",
			list_columns(table, &list));
	if (!options->time)
		find_clock(table, columns);
	if (options->time_unit && strcmp(options->time_unit, "iso") != 0)
		columns->time_unit = unit_ns(options->time_unit);
	else if (!table->fixed)
		columns->time_unit = name_unit(table_name_of(table, columns->time), true);
	return 0;
}

/* The columns of the best rank; several are ambiguous. */
static int find_rss_by_name(struct reader *reader, size_t *ret_column)
{
	const struct table *table = &reader->table;
	size_t best = COLUMN_ABSENT, second = COLUMN_ABSENT;
	int rank = 99;

	for (size_t i = 0; i < table->nnames; i++) {
		struct name_meaning found = name_find(table_name_of(table, i));

		if (found.meaning != MEANS_RSS || found.rank > rank)
			continue;
		second = found.rank == rank ? i : COLUMN_ABSENT;
		best = second == COLUMN_ABSENT ? i : best;
		rank = found.rank;
	}
	*ret_column = best;
	if (second == COLUMN_ABSENT)
		return 0;
	return reader_fail(reader, 0, "\"%s\" and \"%s\" could both be RSS: choose one by --rss",
		table_name_of(table, best), table_name_of(table, second));
}

/* Of "100MiB / 2GiB" in three cells the last one is a limit. */
static bool follows_slash(const struct table *table, size_t column)
{
	return column && table->n && strcmp(table_at(table, &table->rows[0], column - 1), "/") == 0;
}

/* The one column of figures that is nothing else, or the one whose figures say bytes. */
static int find_rss_by_content(
	struct reader *reader, const struct columns *columns, size_t *ret_column)
{
	const struct table *table = &reader->table;
	size_t found = 0, bytes = 0, bytes_column = COLUMN_ABSENT;
	scoped_text list = {0}, all = {0};

	for (size_t i = 0; i < table->nnames; i++) {
		struct content content = look_at(table, i);

		if (i == columns->time || i == columns->clock ||
			name_find(table_name_of(table, i)).meaning != MEANS_NOTHING ||
			!mostly(content.figures, content.cells) || content.dates)
			continue;
		if (!found++)
			*ret_column = i;
		if (mostly(content.bytes, content.cells) && !follows_slash(table, i) && !bytes++)
			bytes_column = i;
		text_item(&list, ", ", "\"%s\"", table_name_of(table, i));
	}
	if (found > 1 && bytes == 1)
		*ret_column = bytes_column;
	if (found == 1 || bytes == 1)
		return 0;
	if (found)
		return reader_fail(reader, 0, "%zu columns could be RSS: choose one by --rss: %s",
			found, text_of(&list));
	return reader_fail(reader, 0,
		"no column's name says that it is RSS: name it by --rss; the columns are: %s",
		list_columns(table, &all));
}

static int choose_rss(struct reader *reader, struct columns *columns)
{
	const struct import_options *options = reader->options;
	const struct table *table = &reader->table;
	int code = 0;

	columns->rss = COLUMN_ABSENT;
	if (options->rss)
		code = find_named(reader, options->rss, &columns->rss);
	else if (table->fixed)
		columns->rss = 1;
	else
		code = find_rss_by_name(reader, &columns->rss);
	if (!code && columns->rss == COLUMN_ABSENT)
		code = find_rss_by_content(reader, columns, &columns->rss);
	if (code)
		return code;
	columns->rss_unit = options->rss_unit
				    ? unit_bytes(options->rss_unit)
				    : name_unit(table_name_of(table, columns->rss), false);
	if (!(columns->rss_unit > 0))
		columns->rss_unit = table->plain_unit;
	columns->unit_stated = columns->rss_unit > 0;
	return 0;
}

static void choose_keys(const struct table *table, struct columns *columns)
{
	for (size_t i = table->fixed ? 2 : 0; i < table->nnames; i++) {
		enum meaning meaning = name_find(table_name_of(table, i)).meaning;

		if (i == columns->time || i == columns->clock || i == columns->rss ||
			i == columns->ops || i == columns->marks)
			continue;
		if (!table->fixed && meaning == MEANS_ID && columns->nids < KEY_COLUMNS)
			columns->ids[columns->nids++] = i;
		else if ((table->fixed || meaning == MEANS_NAME) && columns->nnames < KEY_COLUMNS)
			columns->names[columns->nnames++] = i;
	}
}

/* Is this row of the time of the row before it? */
static bool same_time(const struct table *table, const struct columns *columns, size_t i)
{
	const struct table_row *row = &table->rows[i];

	return i &&
	       strcmp(table_at(table, row, columns->time),
		       table_at(table, row - 1, columns->time)) == 0 &&
	       (columns->clock == COLUMN_ABSENT ||
		       strcmp(table_at(table, row, columns->clock),
			       table_at(table, row - 1, columns->clock)) == 0);
}

/* Nothing says whose the rows are, but several have the same time: what differs then is a key. */
static void find_keys_by_content(const struct table *table, struct columns *columns)
{
	size_t same = 0;

	if (columns->nids || columns->nnames || table->fixed || columns->time == COLUMN_ABSENT)
		return;
	for (size_t i = 0; i < table->n; i++)
		same += same_time(table, columns, i);
	for (size_t c = 0; c < table->nnames && same * 4 >= table->n; c++) {
		struct content content = look_at(table, c);
		size_t differs = 0;

		if (c == columns->time || c == columns->clock || c == columns->rss ||
			c == columns->ops || c == columns->marks ||
			columns->nnames == KEY_COLUMNS ||
			content.figures + content.dates + content.clocks > 0 || !content.cells)
			continue;
		for (size_t i = 1; i < table->n; i++)
			differs += same_time(table, columns, i) &&
				   strcmp(table_at(table, &table->rows[i], c),
					   table_at(table, &table->rows[i - 1], c)) != 0;
		if (mostly(differs, same))
			columns->names[columns->nnames++] = c;
	}
}

int columns_choose(struct reader *reader, struct columns *ret_columns)
{
	const struct table *table = &reader->table;
	int code;

	*ret_columns = (struct columns){.ops = COLUMN_ABSENT, .marks = COLUMN_ABSENT};
	code = choose_time(reader, ret_columns);
	if (!code)
		code = choose_rss(reader, ret_columns);
	if (!code && reader->options->ops)
		code = find_named(reader, reader->options->ops, &ret_columns->ops);
	for (size_t i = 0; !code && !reader->options->ops && i < table->nnames; i++)
		if (name_find(table_name_of(table, i)).meaning == MEANS_OPS)
			ret_columns->ops = i;
	if (!code && reader->options->marks)
		code = find_named(reader, reader->options->marks, &ret_columns->marks);
	if (!code)
		choose_keys(table, ret_columns);
	if (!code)
		find_keys_by_content(table, ret_columns);
	return code;
}
