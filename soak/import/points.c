/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads rows into points: see points.h. Called by series.c. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/sample.h"
#include "soak/import/figures.h"
#include "soak/import/names.h"
#include "soak/import/points.h"
#include "soak/import/rss_unit.h"

#define LARGEST 9e18L

struct filling {
	struct reader *reader;
	const struct columns *columns;
	struct points *points;
	struct row_clock clock;
	enum decimal decimal;
	size_t key_columns[KEY_COLUMNS];
	const char *key_values[KEY_COLUMNS];
	size_t nkeys;
	size_t round;
	size_t bad, infinite;
	bool selected_any;
};

/* What the cells of a column, or of all, prove about commas; *ret_unclear: one has to know. */
static enum decimal look_for_decimal(const struct table *table, size_t column, bool *ret_unclear)
{
	bool comma = false, point = false;

	for (size_t i = 0; i < table->n; i++) {
		const char *cell = table_at(table, &table->rows[i], column);
		enum decimal decimal = figure_decimal(cell);

		comma |= decimal == DECIMAL_COMMA;
		point |= decimal == DECIMAL_POINT;
		*ret_unclear |= figure_parse(cell, DECIMAL_UNKNOWN, false).unclear;
	}
	return comma == point ? DECIMAL_UNKNOWN : comma ? DECIMAL_COMMA : DECIMAL_POINT;
}

/* With this decimal sign no program would be so small: it separates thousands. */
static bool too_small_for_decimals(
	const struct table *table, const struct columns *columns, enum decimal decimal)
{
	for (size_t i = 0; i < table->n; i++) {
		struct figure figure = figure_parse(
			table_at(table, &table->rows[i], columns->rss), decimal, false);
		double unit = figure.unit > 0 ? figure.unit : columns->rss_unit;

		if (figure.kind == FIGURE_NUMBER &&
			(!(unit > 0) || (double)figure.value * unit >= RSS_LEAST_LIKELY))
			return false;
	}
	return true;
}

/* 102.400 kB, and nothing in the file shows that a point is a decimal one. */
static bool points_separate_thousands(const struct table *table, const struct columns *columns)
{
	size_t points = 0;
	bool ignored = false;

	for (size_t i = 0; i < table->n; i++)
		points += strchr(table_at(table, &table->rows[i], columns->rss), '.') != NULL;
	for (size_t i = 0; points && i < table->nnames; i++)
		if (look_for_decimal(table, i, &ignored) == DECIMAL_POINT)
			return false;
	return points && too_small_for_decimals(table, columns, DECIMAL_POINT) &&
	       !too_small_for_decimals(table, columns, DECIMAL_COMMA);
}

static int choose_decimal(struct filling *filling)
{
	struct reader *reader = filling->reader;
	const struct table *table = &reader->table;
	const char *asked = reader->options->decimal;
	bool unclear = false, ignored = false;

	if (asked) {
		filling->decimal = strcmp(asked, "comma") == 0 ? DECIMAL_COMMA : DECIMAL_POINT;
		return 0;
	}
	filling->decimal = look_for_decimal(table, filling->columns->rss, &unclear);
	for (size_t i = 0; i < table->nnames && unclear && filling->decimal == DECIMAL_UNKNOWN; i++)
		filling->decimal = look_for_decimal(table, i, &ignored);
	if (unclear && filling->decimal == DECIMAL_UNKNOWN &&
		too_small_for_decimals(table, filling->columns, DECIMAL_COMMA))
		filling->decimal = DECIMAL_POINT;
	if (!unclear && filling->decimal == DECIMAL_UNKNOWN &&
		points_separate_thousands(table, filling->columns)) {
		filling->decimal = DECIMAL_COMMA;
		reader_note(reader,
			"the points in the figures of \"%s\" are taken to separate thousands: with "
			"decimal points it would be too small; --decimal point if it is not",
			table_name_of(table, filling->columns->rss));
	}
	if (!unclear || filling->decimal != DECIMAL_UNKNOWN)
		return 0;
	return reader_fail(reader, 0,
		"the comma in the figures of \"%s\" may be a decimal comma or separate thousands: "
		"say which by --decimal comma or --decimal point",
		table_name_of(table, filling->columns->rss));
}

static int add_key(struct filling *filling, size_t column, const char *value)
{
	if (filling->nkeys == KEY_COLUMNS)
		return reader_fail(filling->reader, 0, "%d keys are enough", KEY_COLUMNS);
	filling->key_columns[filling->nkeys] = column;
	filling->key_values[filling->nkeys++] = value;
	return 0;
}

static int choose_keys(struct filling *filling)
{
	struct reader *reader = filling->reader;
	const struct import_options *options = reader->options;
	size_t column = COLUMN_ABSENT;
	int code = 0;

	for (size_t i = 0; i < options->nkeys && !code; i++) {
		const char *equals = strchr(options->keys[i], '=');
		char name[128];

		snprintf(name, sizeof(name), "%.*s", (int)(equals - options->keys[i]),
			options->keys[i]);
		column = columns_find(&reader->table, name);
		if (column == COLUMN_ABSENT)
			return reader_fail(reader, 0, "--key: nothing is called \"%s\" here", name);
		code = add_key(filling, column, equals + 1);
	}
	if (!options->pid || code)
		return code;
	column = columns_find(&reader->table, "pid");
	if (column == COLUMN_ABSENT)
		return reader_fail(reader, 0, "--pid: no column is called PID");
	return add_key(filling, column, options->pid);
}

static bool selected(const struct filling *filling, const struct table_row *row)
{
	for (size_t i = 0; i < filling->nkeys; i++)
		if (strcmp(table_at(&filling->reader->table, row, filling->key_columns[i]),
			    filling->key_values[i]) != 0)
			return false;
	return true;
}

/* Cells beyond the header's last name are decimal commas, or worse, unless they are empty. */
static int check_length(const struct reader *reader, const struct table_row *row, size_t rss)
{
	const struct table *table = &reader->table;
	size_t n = row->n;

	while (n > table->nnames && !*table_at(table, row, n - 1))
		n--;
	if (n <= table->nnames && n > rss && (n == table->nnames || !table->strict))
		return 0;
	return reader_fail(
		reader, row->line, "%zu fields, where the header has %zu", n, table->nnames);
}

static int read_rss(struct filling *filling, const struct table_row *row, struct point *point)
{
	struct reader *reader = filling->reader;
	const char *text = table_at(&reader->table, row, filling->columns->rss);
	struct figure figure = figure_parse(text, filling->decimal, reader->table.powers_of_1000);

	point->absent = figure.kind != FIGURE_NUMBER;
	if (figure.kind == FIGURE_BAD)
		return reader_fail(reader, row->line,
			"RSS \"%.40s\" is not a number: write 1234.5, or with a unit 1234.5 MiB",
			text);
	filling->infinite += figure.kind == FIGURE_INFINITE;
	if (point->absent)
		return 0;
	point->value = figure.value;
	point->says_unit = figure.unit > 0;
	point->unit = figure.unit > 0 ? figure.unit : filling->columns->rss_unit;
	point->step = figure.step;
	point->digits = figure.digits;
	if (figure.value < 0 || figure.value * (point->unit > 0 ? point->unit : 1) > LARGEST)
		return reader_fail(reader, row->line, "RSS \"%.40s\" cannot be", text);
	return 0;
}

static int read_ops(struct filling *filling, const struct table_row *row, int64_t *ret_ops)
{
	const char *text = table_at(&filling->reader->table, row, filling->columns->ops);
	struct figure figure = figure_parse(text, DECIMAL_POINT, false);

	*ret_ops = SAMPLE_NONE;
	if (figure.kind == FIGURE_ABSENT)
		return 0;
	if (figure.kind != FIGURE_NUMBER || figure.unit > 0 || figure.value < 0 ||
		figure.value > LARGEST)
		return reader_fail(
			filling->reader, row->line, "ops \"%.40s\" is not a count", text);
	*ret_ops = (int64_t)figure.value;
	return 0;
}

/* A cell without a word, "-" and the like are no marks. */
static const char *read_mark(const struct filling *filling, const struct table_row *row)
{
	const char *text = table_at(&filling->reader->table, row, filling->columns->marks);

	return figure_parse(text, DECIMAL_UNKNOWN, false).kind == FIGURE_ABSENT ? NULL : text;
}

static int read_row(struct filling *filling, const struct table_row *row, struct point *point)
{
	int code;

	*point = (struct point){.line = row->line, .ops = SAMPLE_NONE};
	code = check_length(filling->reader, row, filling->columns->rss);
	if (!code && filling->columns->time != COLUMN_ABSENT)
		code = row_clock_read(filling->reader, &filling->clock, row, &point->t_ns);
	if (!code)
		code = read_rss(filling, row, point);
	if (!code && filling->columns->ops != COLUMN_ABSENT)
		code = read_ops(filling, row, &point->ops);
	if (!code && filling->columns->marks != COLUMN_ABSENT)
		point->mark = read_mark(filling, row);
	return code;
}

/* A round is one look at all processes; it ends where one of them comes again. */
static void count_round(struct filling *filling, const struct table_row *row, struct group *group)
{
	if (group->round == filling->round || (row->round && filling->selected_any))
		filling->round++;
	group->round = filling->round;
	filling->selected_any = true;
}

static int take_row(struct filling *filling, const struct table_row *row)
{
	struct points *points = filling->points;
	struct point *point = &points->all[points->n];
	size_t group;
	int code;

	if (points_group(points, &filling->reader->table, filling->columns, row, &group))
		return -ENOMEM;
	count_round(filling, row, &points->groups[group]);
	if (!selected(filling, row))
		return 0;
	code = read_row(filling, row, point);
	if (code == -EINVAL)
		filling->bad++;
	if (code)
		return code;
	point->group = group;
	point->round = filling->round;
	if (filling->columns->time == COLUMN_ABSENT)
		point->t_ns = (int64_t)filling->round * filling->reader->options->interval_ns;
	points->groups[group].points++;
	if (point->t_ns < points->groups[group].first_ns)
		points->groups[group].first_ns = point->t_ns;
	if (point->t_ns > points->groups[group].last_ns)
		points->groups[group].last_ns = point->t_ns;
	points->n++;
	return 0;
}

/* Few bad rows are left out; many are an error, the first of them. */
static int judge_bad_rows(struct filling *filling, size_t rows, const char *first)
{
	struct reader *reader = filling->reader;

	if (filling->bad && filling->bad * 10 >= rows)
		return text_fail(reader->error, -EINVAL, "%s", first);
	text_release(reader->error);
	if (filling->bad)
		reader_note(reader, "%zu of %zu rows are left out; the first: %s", filling->bad,
			rows, first);
	if (filling->infinite)
		reader_note(reader, "%zu figures are infinite: left out", filling->infinite);
	return 0;
}

static int read_rows(struct filling *filling)
{
	struct reader *reader = filling->reader;
	const struct table *table = &reader->table;
	scoped_text first = {0};
	size_t rows = 0;

	for (size_t i = 0; i < table->n; i++) {
		int code = take_row(filling, &table->rows[i]);

		if (code == -EINVAL && !first.length)
			text_set(&first, "%s", text_of(reader->error));
		if (code && code != -EINVAL)
			return code;
	}
	rows = filling->points->n + filling->bad;
	if (!rows && filling->nkeys)
		return reader_fail(reader, 0, "no row is as --key says");
	return judge_bad_rows(filling, rows, text_of(&first));
}

static void say_time(const struct filling *filling, struct text *ret_text)
{
	const struct columns *columns = filling->columns;
	const struct table *table = &filling->reader->table;
	const char *words = filling->clock.words ? filling->clock.words : "";

	if (columns->time == COLUMN_ABSENT) {
		text_set(ret_text, "one round each %.6g s",
			1e-9 * (double)filling->reader->options->interval_ns);
		return;
	}
	text_set(ret_text, "column %s%s%s%s%s", table_name_of(table, columns->time),
		columns->clock != COLUMN_ABSENT ? " and " : "",
		columns->clock != COLUMN_ABSENT ? table_name_of(table, columns->clock) : "",
		*words ? ", " : "", words);
}

int points_read(struct reader *reader, const struct columns *columns, struct points *ret_points)
{
	struct filling filling = {.reader = reader, .columns = columns, .points = ret_points};
	int code;

	*ret_points = (struct points){0};
	ret_points->all = calloc(reader->table.n + 1, sizeof(*ret_points->all));
	if (!ret_points->all)
		return -ENOMEM;
	code = choose_decimal(&filling);
	if (!code)
		code = choose_keys(&filling);
	if (!code)
		code = row_clock_prepare(reader, columns, &filling.clock);
	if (!code)
		code = read_rows(&filling);
	ret_points->since_epoch = filling.clock.since_epoch;
	say_time(&filling, &ret_points->time_from);
	return code;
}

void points_release(struct points *points)
{
	for (size_t g = 0; g < points->ngroups; g++)
		text_release(&points->groups[g].name);
	text_release(&points->time_from);
	free(points->all);
	free(points->groups);
	free(points->slots);
}
