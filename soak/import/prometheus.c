/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The answer of Prometheus to /api/v1/query_range (prometheus.io/docs, "HTTP API"):
 *
 *   {"status": "success", "data": {"resultType": "matrix", "result":
 *     [{"metric": {"__name__": "process_resident_memory_bytes", "job": "api", ...},
 *       "values": [[1700000000.5, "1048576"], ...]}, ...]}}
 *
 * Its labels are columns, as keys. A stale series just ends; NaN is an absent figure. A counter,
 * whose name ends with _total, is never RSS; the one that --ops names is a column, beside the
 * series that has the same labels.
 *
 * Called by import.c.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "soak/import/reader.h"

#define LABELS_MAX 64

struct labels {
	const char *names[LABELS_MAX];
	size_t n;
	size_t cells[LABELS_MAX]; /* of the series that is read */
};

static const char *string_of(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

	return text ? text : "";
}

static const char *name_of(const cJSON *series)
{
	return string_of(cJSON_GetObjectItemCaseSensitive(series, "metric"), "__name__");
}

static bool is_counter(const cJSON *series)
{
	const char *name = name_of(series), *end = strrchr(name, '_');

	return end && strcmp(end, "_total") == 0;
}

/* --rss may say that it is one all the same. */
static bool is_wanted(const struct reader *reader, const cJSON *series)
{
	const char *rss = reader->options->rss, *ops = reader->options->ops;

	if (rss)
		return strcmp(name_of(series), rss) == 0;
	return !is_counter(series) && !(ops && strcmp(name_of(series), ops) == 0);
}

/* Are all labels the same but the name? */
static bool is_beside(const cJSON *one, const cJSON *other)
{
	const cJSON *a = cJSON_GetObjectItemCaseSensitive(one, "metric"), *label;
	const cJSON *b = cJSON_GetObjectItemCaseSensitive(other, "metric");

	cJSON_ArrayForEach(label, a) if (strcmp(label->string, "__name__") != 0 &&
					 strcmp(string_of(b, label->string),
						 string_of(a, label->string)) != 0) return false;
	return cJSON_GetArraySize(a) == cJSON_GetArraySize(b);
}

/* The values of the counter that --ops names, beside this series; NULL: there is none. */
static const cJSON *find_ops(const struct reader *reader, const cJSON *result, const cJSON *series)
{
	const cJSON *other;

	cJSON_ArrayForEach(other, result) if (
		strcmp(name_of(other), reader->options->ops) == 0 &&
		is_beside(series,
			other)) return cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(other,
								  "values"),
		0);
	return NULL;
}

/* The figure at this time; moves on to it. */
static const char *ops_at(const cJSON **ops, double time)
{
	const char *text;

	while (*ops && cJSON_GetArrayItem(*ops, 0) &&
		cJSON_GetArrayItem(*ops, 0)->valuedouble < time)
		*ops = (*ops)->next;
	if (!*ops || !cJSON_GetArrayItem(*ops, 0) ||
		cJSON_GetArrayItem(*ops, 0)->valuedouble > time)
		return "";
	text = cJSON_GetStringValue(cJSON_GetArrayItem(*ops, 1));
	return text ? text : "";
}

static int name_labels(struct reader *reader, const cJSON *result, struct labels *labels)
{
	const cJSON *series, *label;
	int code = 0;

	cJSON_ArrayForEach(series, result)
	{
		cJSON_ArrayForEach(label, cJSON_GetObjectItemCaseSensitive(series, "metric"))
		{
			size_t i = 0;

			while (i < labels->n && strcmp(labels->names[i], label->string) != 0)
				i++;
			if (i < labels->n || code)
				continue;
			if (i == LABELS_MAX)
				return reader_fail(reader, 0, "more than %d labels", LABELS_MAX);
			labels->names[labels->n++] = label->string;
			code = table_name(&reader->table, label->string, strlen(label->string));
		}
	}
	return code;
}

static int take_value(
	struct reader *reader, const cJSON *value, const cJSON **ops, const struct labels *labels)
{
	const cJSON *time = cJSON_GetArrayItem(value, 0), *figure = cJSON_GetArrayItem(value, 1);
	struct table *table = &reader->table;
	char text[40];
	int code;

	reader->line++;
	if (!cJSON_IsNumber(time) || !cJSON_IsString(figure) || !(fabs(time->valuedouble) < 9e9))
		return reader_fail(reader, 0, "value %zu is not [time, \"figure\"]", reader->line);
	code = table_cell(
		table, text, (size_t)snprintf(text, sizeof(text), "%.3f", time->valuedouble));
	if (!code)
		code = table_cell(table, figure->valuestring, strlen(figure->valuestring));
	if (!code && reader->options->ops) {
		const char *count = ops_at(ops, time->valuedouble);

		code = table_cell(table, count, strlen(count));
	}
	for (size_t i = 0; i < labels->n && !code; i++)
		code = table_cell_at(table, labels->cells[i]);
	return code ? code : table_end_row(table, 0, false);
}

static int take_series(
	struct reader *reader, const cJSON *result, const cJSON *series, struct labels *labels)
{
	const cJSON *metric = cJSON_GetObjectItemCaseSensitive(series, "metric"), *value;
	const cJSON *ops = reader->options->ops ? find_ops(reader, result, series) : NULL;
	int code = 0;

	for (size_t i = 0; i < labels->n; i++) {
		const char *text = string_of(metric, labels->names[i]);

		if (table_text(&reader->table, text, strlen(text), &labels->cells[i]))
			return -ENOMEM;
	}
	cJSON_ArrayForEach(value, cJSON_GetObjectItemCaseSensitive(series, "values"))
	{
		code = take_value(reader, value, &ops, labels);
		if (code)
			return code;
	}
	return 0;
}

static int take_result(struct reader *reader, const cJSON *result)
{
	const cJSON *series, *first;
	struct labels labels = {0};
	const char *name, *ops = reader->options->ops;
	int code;

	if (!cJSON_GetArraySize(result))
		return reader_fail(reader, 0, "no series: the query matched nothing");
	first = cJSON_GetArrayItem(result, 0);
	for (series = first; series && !is_wanted(reader, series);)
		series = series->next;
	if (!series && !reader->options->rss && is_counter(first))
		return reader_fail(reader, 0,
			"%.100s is a counter, not memory: ask for "
			"process_resident_memory_bytes, or "
			"name it by --rss",
			name_of(first));
	if (!series)
		return reader_fail(reader, 0, "no series is called \"%s\"",
			reader->options->rss ? reader->options->rss : "value");
	reader->table.fixed = true;
	name = *name_of(series) ? name_of(series) : "value";
	code = table_name(&reader->table, "time", 4);
	if (!code)
		code = table_name(&reader->table, name, strlen(name));
	if (!code && ops)
		code = table_name(&reader->table, ops, strlen(ops));
	if (!code)
		code = name_labels(reader, result, &labels);
	reader->line = 0;
	cJSON_ArrayForEach(series, result)
	{
		if (code)
			break;
		if (is_wanted(reader, series))
			code = take_series(reader, result, series, &labels);
	}
	return code;
}

static int take_answer(struct reader *reader, const cJSON *root)
{
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(root, "data");
	const char *type = string_of(data, "resultType");

	if (strcmp(string_of(root, "status"), "error") == 0)
		return reader_fail(reader, 0, "Prometheus says: %.300s", string_of(root, "error"));
	if (!*type)
		return reader_fail(reader, 0, "this JSON is not an answer of Prometheus");
	if (strcmp(type, "matrix") != 0)
		return reader_fail(reader, 0,
			"an answer of type %.20s has no series: ask /api/v1/query_range", type);
	return take_result(reader, cJSON_GetObjectItemCaseSensitive(data, "result"));
}

int read_prometheus(struct reader *reader)
{
	const char *end = NULL;
	cJSON *root = cJSON_ParseWithLengthOpts(reader->text, reader->size + 1, &end, true);
	size_t line = 1;
	int code;

	if (!root) {
		for (const char *c = reader->text; end && c < end; c++)
			line += *c == '\n';
		return reader_fail(reader, line, "this is not JSON, or it was cut off");
	}
	code = take_answer(reader, root);
	cJSON_Delete(root);
	return code;
}
