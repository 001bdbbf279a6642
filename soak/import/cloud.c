/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Answers of monitoring services in JSON:
 *
 *   aws cloudwatch get-metric-statistics
 *     {"Label": "mem", "Datapoints": [{"Timestamp": time, "Average": figure, "Unit": "Bytes"}]}
 *   aws cloudwatch get-metric-data
 *     {"MetricDataResults": [{"Id": "m1", "Label": "mem", "Timestamps": [], "Values": []}]}
 *   Datadog, GET /api/v1/query
 *     {"series": [{"metric": "system.mem", "scope": "host:a", "pointlist": [[ms, figure]],
 *       "unit": [{"family": "bytes", "scale_factor": 1024}, null]}]}
 *
 * CloudWatch gives points in any order, and get-metric-data no unit. A figure of null is absent.
 *
 * Called by import.c.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/import/reader.h"
#include "soak/import/times.h"

struct point {
	double seconds; /* since 1970 */
	const cJSON *figure;
};

struct answer {
	struct reader *reader;
	struct point *points; /* of the series that is read */
	size_t n, capacity;
};

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *string_of(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(member(object, name));

	return text ? text : "";
}

/* A time as text or in seconds since 1970. */
static int add_point(struct answer *answer, const cJSON *time, double second, const cJSON *figure)
{
	const char *text = cJSON_GetStringValue(time);
	double seconds = cJSON_IsNumber(time) ? time->valuedouble * second : NAN;

	if (text && time_parse(text, false).kind == TIME_DATE)
		seconds = (double)time_parse(text, false).ns / 1e9;
	if (!(fabs(seconds) < 9e9))
		return reader_fail(answer->reader, 0, "point %zu has no time", answer->n + 1);
	if (answer->n == answer->capacity) {
		size_t capacity = 2 * answer->capacity + 256;
		struct point *grown = reallocarray(answer->points, capacity, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		answer->points = grown;
		answer->capacity = capacity;
	}
	answer->points[answer->n++] = (struct point){seconds, figure};
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	return (x->seconds > y->seconds) - (x->seconds < y->seconds);
}

/* Adds a row of each point, with the keys of their series. */
static int take_series(struct answer *answer, const char *one, const char *other)
{
	struct table *table = &answer->reader->table;
	size_t keys[2];

	if (answer->n)
		qsort(answer->points, answer->n, sizeof(*answer->points), by_time);
	if (table_text(table, one, strlen(one), &keys[0]) ||
		table_text(table, other, strlen(other), &keys[1]))
		return -ENOMEM;
	for (size_t i = 0; i < answer->n; i++) {
		const struct point *point = &answer->points[i];
		char time[40], figure[40] = "";

		snprintf(time, sizeof(time), "%.3f", point->seconds);
		if (cJSON_IsNumber(point->figure))
			snprintf(figure, sizeof(figure), "%.15g", point->figure->valuedouble);
		if (table_cell(table, time, strlen(time)) ||
			table_cell(table, figure, strlen(figure)) ||
			table_cell_at(table, keys[0]) || table_cell_at(table, keys[1]) ||
			table_end_row(table, 0, false))
			return -ENOMEM;
	}
	answer->n = 0;
	return 0;
}

/* All series must have one unit, which the whole table then has. */
static int take_unit(struct reader *reader, double unit, bool first)
{
	if (!first && reader->table.plain_unit != unit)
		return reader_fail(reader, 0,
			"its series have different units: ask for one of them at a time");
	reader->table.plain_unit = unit;
	return 0;
}

static int take_aws_unit(struct reader *reader, const char *name, bool first)
{
	static const char *const names[] = {
		"Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes"};

	if (!*name || strcmp(name, "None") == 0)
		return take_unit(reader, 0, first);
	for (int i = 0; i < 5; i++)
		if (strcmp(name, names[i]) == 0)
			return take_unit(reader, ldexp(1, 10 * i), first);
	return reader_fail(reader, 0,
		"its figures are in %.40s, not bytes: ask for a metric of memory in bytes", name);
}

/* The statistic that is in the points: the one that --rss names, or the first of these. */
static const char *find_statistic(const struct reader *reader, const cJSON *points)
{
	static const char *const names[] = {"Average", "Maximum", "Minimum"};
	const char *asked = reader->options->rss;

	for (size_t i = 0; !asked && i < sizeof(names) / sizeof(*names); i++)
		if (member(points->child, names[i]))
			return names[i];
	return asked && member(points->child, asked) ? asked : NULL;
}

static int name_columns(struct reader *reader, const char *rss, const char *one, const char *other)
{
	const char *const names[] = {"time", rss, one, other};

	reader->table.fixed = true;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (table_name(&reader->table, names[i], strlen(names[i])))
			return -ENOMEM;
	return 0;
}

static int take_statistics(struct answer *answer, const cJSON *root)
{
	const cJSON *points = member(root, "Datapoints"), *point;
	struct reader *reader = answer->reader;
	const char *statistic;
	int code;

	if (!cJSON_IsArray(points) || !points->child)
		return reader_fail(
			reader, 0, "no Datapoints: the query matched nothing, or none was kept");
	statistic = find_statistic(reader, points);
	if (!statistic)
		return reader_fail(reader, 0,
			"its points have no %.60s: ask for --statistics Average",
			reader->options->rss ? reader->options->rss
					     : "Average, Maximum or Minimum");
	code = name_columns(reader, statistic, "Label", "Id");
	cJSON_ArrayForEach(point, points)
	{
		if (!code)
			code = take_aws_unit(
				reader, string_of(point, "Unit"), point == points->child);
		if (!code)
			code = add_point(
				answer, member(point, "Timestamp"), 1, member(point, statistic));
	}
	return code ? code : take_series(answer, string_of(root, "Label"), "");
}

static int take_results(struct answer *answer, const cJSON *root)
{
	const cJSON *results = member(root, "MetricDataResults"), *result;
	struct reader *reader = answer->reader;
	int code = name_columns(reader, "value", "Label", "Id");

	if (*string_of(root, "NextToken"))
		reader_note(reader, "the answer has further pages, which are not in this file");
	cJSON_ArrayForEach(result, results)
	{
		const cJSON *time = member(result, "Timestamps"), *value = member(result, "Values");

		time = time ? time->child : NULL;
		value = value ? value->child : NULL;
		for (; time && value && !code; time = time->next, value = value->next)
			code = add_point(answer, time, 1, value);
		if (!code && (time || value))
			code = reader_fail(reader, 0,
				"series %.60s has not as many Timestamps as Values",
				string_of(result, "Id"));
		if (!code)
			code = take_series(
				answer, string_of(result, "Label"), string_of(result, "Id"));
	}
	return code;
}

/* 0 if the series has none, -1 if it is not one of bytes. */
static double datadog_unit(const cJSON *series)
{
	const cJSON *unit = cJSON_GetArrayItem(member(series, "unit"), 0);

	if (!cJSON_IsObject(unit))
		return 0;
	if (strcmp(string_of(unit, "family"), "bytes") != 0)
		return -1;
	return cJSON_IsNumber(member(unit, "scale_factor"))
		       ? member(unit, "scale_factor")->valuedouble
		       : 1;
}

static int take_datadog(struct answer *answer, const cJSON *root)
{
	const cJSON *all = member(root, "series"), *series, *point;
	struct reader *reader = answer->reader;
	int code = 0;

	if (!cJSON_IsArray(all) || !all->child)
		return reader_fail(reader, 0, "no series: the query matched nothing");
	code = name_columns(reader, "value", "metric", "scope");
	cJSON_ArrayForEach(series, all)
	{
		double unit = datadog_unit(series);

		if (!code && !(unit >= 0 && unit < 0x1p50))
			code = reader_fail(reader, 0,
				"the figures of %.100s are not bytes: ask for a metric of memory",
				string_of(series, "metric"));
		if (!code)
			code = take_unit(reader, unit, series == all->child);
		cJSON_ArrayForEach(point, member(series, "pointlist")) if (!code) code = add_point(
			answer, cJSON_GetArrayItem(point, 0), 1e-3, cJSON_GetArrayItem(point, 1));
		if (!code)
			code = take_series(
				answer, string_of(series, "metric"), string_of(series, "scope"));
	}
	return code;
}

static int read_answer(struct reader *reader, int (*take)(struct answer *answer, const cJSON *root))
{
	cJSON *root = cJSON_ParseWithLength(reader->text, reader->size + 1);
	struct answer answer = {.reader = reader};
	int code = cJSON_IsObject(root)
			   ? take(&answer, root)
			   : reader_fail(reader, 0, "this is not JSON, or it was cut off");

	cJSON_Delete(root);
	free(answer.points);
	return code;
}

static int take_cloudwatch(struct answer *answer, const cJSON *root)
{
	return member(root, "MetricDataResults") ? take_results(answer, root)
						 : take_statistics(answer, root);
}

int read_cloudwatch(struct reader *reader)
{
	return read_answer(reader, take_cloudwatch);
}

int read_datadog(struct reader *reader)
{
	return read_answer(reader, take_datadog);
}
