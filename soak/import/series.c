/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Points become series: those of one process or container, of their sum, or one of each. See
 * reader.h; what is a segment, docs/importing.md. Called by import.c, after the format.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/sample.h"
#include "soak/import/points.h"
#include "soak/import/rss_unit.h"
#include "soak/import/segments.h"

#define STEP_BACK_NS ((int64_t)1000000000) /* what is put in order */
#define LISTED 12

struct series_of {
	struct reader *reader;
	struct columns columns;
	struct points points;
	size_t *program; /* by group: the group that stands for it and its restarts */
	bool *restarted; /* by group: it stands for others too */
	struct text rss_from;
};

static const struct points *sorted_points; /* qsort has no context */

static int by_program(const void *a, const void *b)
{
	const struct group *x = &sorted_points->groups[*(const size_t *)a];
	const struct group *y = &sorted_points->groups[*(const size_t *)b];

	if (x->program != y->program)
		return x->program < y->program ? -1 : 1;
	return x->first_ns < y->first_ns ? -1 : x->first_ns > y->first_ns;
}

/* Groups from..to are of one program: were they never there at the same time? */
static bool take_turns(const struct points *points, const size_t *order, size_t from, size_t to)
{
	int64_t last_ns = INT64_MIN;

	for (size_t i = from; i < to; i++) {
		const struct group *group = &points->groups[order[i]];

		if (!group->points)
			continue;
		if (group->first_ns <= last_ns)
			return false;
		last_ns = group->last_ns;
	}
	return true;
}

/* Groups of one program that never overlap are its restarts. */
static int find_programs(struct series_of *series)
{
	const struct points *points = &series->points;
	size_t n = points->ngroups, to;
	size_t *order = calloc(n + 1, sizeof(*order));

	series->program = calloc(n + 1, sizeof(*series->program));
	series->restarted = calloc(n + 1, sizeof(*series->restarted));
	if (!order || !series->program || !series->restarted) {
		free(order);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++)
		series->program[i] = order[i] = i;
	sorted_points = points;
	qsort(order, n, sizeof(*order), by_program);
	for (size_t from = 0; from < n && series->columns.nids; from = to) {
		for (to = from + 1; to < n && points->groups[order[to]].program ==
						      points->groups[order[from]].program;)
			to++;
		if (!take_turns(points, order, from, to))
			continue;
		for (size_t i = from; i < to; i++)
			series->program[order[i]] = order[from];
		series->restarted[order[from]] = to > from + 1;
	}
	free(order);
	return 0;
}

/* Without its id, if it had several. */
static const char *name_of(const struct series_of *series, size_t g)
{
	const struct group *group = &series->points.groups[g];
	const char *name = text_of(&group->name), *rest = name + group->id_length;

	return series->restarted[g] && *rest ? rest : name;
}

/* Lists the groups that are a series each. Refuses several without --sum, --each or a key. */
static int list_series(const struct series_of *series, size_t *ret_list, size_t *ret_n)
{
	const struct import_options *options = series->reader->options;
	const struct points *points = &series->points;
	scoped_text text = {0};
	size_t n = 0;
	bool *seen = calloc(points->ngroups + 1, sizeof(*seen));

	if (!seen)
		return -ENOMEM;
	for (size_t g = 0; g < points->ngroups; g++)
		if (points->groups[g].points)
			seen[series->program[g]] = true;
	for (size_t g = 0; g < points->ngroups; g++) {
		if (!seen[g])
			continue;
		ret_list[n++] = g;
		if (n <= LISTED)
			text_item(&text, "; ", "%s", name_of(series, g));
	}
	free(seen);
	*ret_n = n;
	if (n <= 1 || options->sum || options->each)
		return 0;
	if (n > LISTED)
		text_item(&text, "; ", "and %zu more", n - LISTED);
	return reader_fail(series->reader, 0,
		"%zu series: choose one by --key NAME=VALUE%s, add them up by --sum, or make a "
		"run of each by --each: %s",
		n, columns_find(&series->reader->table, "pid") != COLUMN_ABSENT ? " or --pid" : "",
		text_of(&text));
}

static int by_time(const void *a, const void *b)
{
	const struct point *x = *(const struct point *const *)a,
			   *y = *(const struct point *const *)b;

	if (x->t_ns != y->t_ns)
		return x->t_ns < y->t_ns ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* Sorts by time: a clock that was set back by milliseconds is not a reason to refuse. */
static int put_in_order(struct reader *reader, const struct point **chosen, size_t n)
{
	int64_t highest = INT64_MIN, most = 0;
	size_t back = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t step = i && chosen[i]->t_ns < highest ? highest - chosen[i]->t_ns : 0;

		if (step >= STEP_BACK_NS)
			return reader_fail(reader, chosen[i]->line,
				"time goes back by %.6g s: sort the rows, or split the file where "
				"a second recording begins",
				(double)step / 1e9);
		back += step > 0;
		most = step > most ? step : most;
		highest = chosen[i]->t_ns > highest ? chosen[i]->t_ns : highest;
	}
	if (back) {
		reader_note(reader, "time goes back %zu times, by %.3g ms at most: put in order",
			back, 1e-6 * (double)most);
		qsort(chosen, n, sizeof(const struct point *), by_time);
	}
	return 0;
}

static int add_row(struct imported *out, const struct import_row *row)
{
	if (out->n == out->capacity) {
		size_t capacity = 2 * out->capacity + 1024;
		struct import_row *grown = reallocarray(out->rows, capacity, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		out->rows = grown;
		out->capacity = capacity;
	}
	out->rows[out->n++] = *row;
	return 0;
}

/* A row has a mark where the text of its column changes. */
static int take_mark(const struct point *point, const char **before, struct import_row *row)
{
	bool changes = point->mark && (!*before || strcmp(point->mark, *before) != 0);

	*before = point->mark;
	if (!changes)
		return 0;
	free(row->mark);
	row->mark = strdup(point->mark);
	return row->mark ? 0 : -ENOMEM;
}

/* Adds up all points of one round; the time is that of the first. */
static int add_sum(struct imported *out, const struct point *const *chosen, size_t n, size_t *at,
	const char **mark)
{
	struct import_row row = {
		.t_ns = chosen[*at]->t_ns, .rss_bytes = SAMPLE_NONE, .ops = SAMPLE_NONE};
	size_t round = chosen[*at]->round;
	long double bytes = 0;
	int code = 0;

	for (; !code && *at < n && chosen[*at]->round == round; ++*at) {
		if (!chosen[*at]->absent)
			bytes += chosen[*at]->value * chosen[*at]->unit;
		code = take_mark(chosen[*at], mark, &row);
	}
	if (bytes > 0 && bytes < 9e18L)
		row.rss_bytes = llroundl(bytes);
	if (!code)
		code = add_row(out, &row);
	if (code)
		free(row.mark);
	return code;
}

/* Of rows with the same time the last one stands. */
static int add_point(struct imported *out, struct segments *segments, const struct point *point,
	const char **mark)
{
	struct import_row row = {.t_ns = point->t_ns, .rss_bytes = SAMPLE_NONE, .ops = point->ops};
	int code;

	if (!point->absent && point->value > 0)
		row.rss_bytes = llroundl(point->value * point->unit);
	if (out->n && out->rows[out->n - 1].t_ns == row.t_ns) {
		out->n--;
		row.segment = out->rows[out->n].segment;
		row.mark = out->rows[out->n].mark;
	}
	code = segments_take(segments, point, &row);
	if (!code)
		code = take_mark(point, mark, &row);
	if (!code)
		code = add_row(out, &row);
	if (code) {
		free(row.segment);
		free(row.mark);
	}
	return code;
}

static int fill(
	struct series_of *series, const struct point **chosen, size_t n, struct imported *out)
{
	struct segments segments = {.reader = series->reader, .points = &series->points};
	struct reader *reader = series->reader;
	const char *mark = NULL;
	int64_t peak = 0;
	bool each_says = true;
	int code = put_in_order(reader, chosen, n);

	for (size_t i = 0; i < n && !code;)
		code = reader->options->sum ? add_sum(out, chosen, n, &i, &mark)
					    : add_point(out, &segments, chosen[i++], &mark);
	for (size_t i = 0; i < n; i++)
		each_says &= chosen[i]->absent || chosen[i]->says_unit;
	for (size_t i = 0; i < out->n; i++)
		out->marks += out->rows[i].mark != NULL;
	for (size_t i = 0; i < out->n; i++)
		peak = out->rows[i].rss_bytes > peak ? out->rows[i].rss_bytes : peak;
	out->rss_step_bytes = rss_unit_step(chosen, n);
	if (!code && !(out->rss_step_bytes > 0))
		return reader_fail(reader, 0, "no RSS in it: all of %s is empty or zero",
			text_of(&series->rss_from));
	if (!code)
		code = rss_unit_check(
			reader, (double)peak, each_says || series->columns.unit_stated);
	return code ? code : segments_end(out);
}

static int make_series(struct series_of *series, size_t program, struct imported *out)
{
	const struct points *points = &series->points;
	const struct point **chosen = calloc(points->n + 1, sizeof(*chosen));
	struct reader *reader = series->reader;
	bool sum = reader->options->sum;
	size_t n = 0, notes = reader->notes.length;
	int code;

	if (!chosen)
		return -ENOMEM;
	for (size_t i = 0; i < points->n; i++)
		if (sum || series->program[points->all[i].group] == program)
			chosen[n++] = &points->all[i];
	code = fill(series, chosen, n, out);
	free(chosen);
	out->format = reader->format;
	out->since_epoch = points->since_epoch;
	text_set(&out->time_from, "%s", text_of(&points->time_from));
	text_set(&out->rss_from, "%s", text_of(&series->rss_from));
	text_set(&out->command, "%s", text_of(&reader->command));
	text_set(&out->series, "%s", sum ? "the sum of all" : name_of(series, program));
	if (series->columns.ops != COLUMN_ABSENT && !sum)
		text_set(&out->ops_from, "column %s",
			table_name_of(&reader->table, series->columns.ops));
	text_set(&out->notes, "%s", text_of(&reader->notes));
	text_cut(&reader->notes, notes); /* the next one's are its own */
	return code;
}

static int make_all(struct series_of *series, struct import_set *ret_set)
{
	size_t *list = calloc(series->points.ngroups + 1, sizeof(*list)), n = 0;
	int code = list ? list_series(series, list, &n) : -ENOMEM;

	if (series->reader->options->sum && n)
		n = 1;
	if (!code)
		ret_set->series = calloc(n + 1, sizeof(*ret_set->series));
	if (!code && !ret_set->series)
		code = -ENOMEM;
	for (size_t i = 0; i < n && !code; i++) {
		ret_set->n = i + 1;
		code = make_series(series, list[i], &ret_set->series[i]);
	}
	free(list);
	return code;
}

int reader_series(struct reader *reader, struct import_set *ret_set)
{
	struct series_of series = {.reader = reader};
	int code = reader->table.n ? columns_choose(reader, &series.columns)
				   : reader_fail(reader, 0, "no samples in it");

	if (code)
		return code;
	code = points_read(reader, &series.columns, &series.points);
	if (!code)
		code = rss_unit_settle(reader, &series.columns, &series.points, &series.rss_from);
	if (!code)
		code = find_programs(&series);
	if (!code)
		code = make_all(&series, ret_set);
	points_release(&series.points);
	text_release(&series.rss_from);
	free(series.program);
	free(series.restarted);
	return code;
}
