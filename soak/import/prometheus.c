/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The answer of Prometheus to /api/v1/query_range (prometheus.io/docs, "HTTP API"):
 *
 *   {"status": "success", "data": {"resultType": "matrix", "result":
 *     [{"metric": {"__name__": "process_resident_memory_bytes", "job": "api", ...},
 *       "values": [[1700000000.5, "1048576"], ...]}, ...]}}
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/sample.h"
#include "soak/import/reader.h"
#include "soak/import/units.h"

static const char *string_of(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

	return text ? text : "";
}

/* {job="api",instance="a:9090"} */
static void say_labels(const cJSON *series, char *text, size_t size)
{
	const cJSON *metric = cJSON_GetObjectItemCaseSensitive(series, "metric"), *label;
	size_t used = (size_t)snprintf(text, size, "%s{", string_of(metric, "__name__"));
	const char *comma = "";

	cJSON_ArrayForEach(label, metric)
	{
		if (strcmp(label->string, "__name__") == 0 || used >= size)
			continue;
		used += (size_t)snprintf(text + used, size - used, "%s%s=\"%s\"", comma,
			label->string, string_of(metric, label->string));
		comma = ",";
	}
	if (used < size)
		snprintf(text + used, size - used, "}");
}

static bool selected(const struct import_options *options, const cJSON *series)
{
	const cJSON *metric = cJSON_GetObjectItemCaseSensitive(series, "metric");

	for (size_t i = 0; i < options->nselect; i++) {
		const char *equals = strchr(options->select[i], '=');
		char label[128];

		snprintf(label, sizeof(label), "%.*s", (int)(equals - options->select[i]),
			options->select[i]);
		if (strcmp(string_of(metric, label), equals + 1) != 0)
			return false;
	}
	return true;
}

/* The one series that is selected. */
static int choose(const struct reader *reader, const cJSON *result, const cJSON **ret_series)
{
	char list[1200] = "", labels[256];
	size_t used = 0, found = 0;
	const cJSON *series;

	cJSON_ArrayForEach(series, result)
	{
		if (!selected(reader->options, series))
			continue;
		*ret_series = series;
		say_labels(series, labels, sizeof(labels));
		if (used < sizeof(list))
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
				found ? "; " : "", labels);
		found++;
	}
	if (found == 1)
		return 0;
	if (found)
		return reader_fail(reader, 0, "%zu series: choose one by --select LABEL=VALUE: %s",
			found, list);
	return reader_fail(reader, 0,
		cJSON_GetArraySize(result) ? "no series is as --select says"
					   : "no series: the query matched nothing");
}

static int take_value(struct reader *reader, const cJSON *value, size_t i, double unit)
{
	const cJSON *time = cJSON_GetArrayItem(value, 0), *figure = cJSON_GetArrayItem(value, 1);
	struct import_row row = {.ops = SAMPLE_NONE};
	int code;

	if (!cJSON_IsNumber(time) || !cJSON_IsString(figure) || fabs(time->valuedouble) > 9e9)
		return reader_fail(reader, 0, "value %zu is no [time, \"figure\"]", i);
	row.t_ns = llround(time->valuedouble * 1e3) * 1000000;
	code = reader_rss(reader, 0, figure->valuestring, unit, &row.rss_bytes);
	return code ? code : reader_add(reader, 0, &row);
}

static int take_series(struct reader *reader, const cJSON *series)
{
	const cJSON *metric = cJSON_GetObjectItemCaseSensitive(series, "metric"), *value;
	const char *asked = reader->options->rss_unit, *name = string_of(metric, "__name__");
	double unit = asked ? unit_bytes(asked) : 1;
	struct imported *out = reader->out;
	size_t i = 0;
	int code = 0;

	say_labels(series, out->series, sizeof(out->series));
	snprintf(out->time_from, sizeof(out->time_from), "values");
	snprintf(out->rss_from, sizeof(out->rss_from), "%s, in units of %.0f B",
		*name ? name : "a metric without a name", unit);
	cJSON_ArrayForEach(value, cJSON_GetObjectItemCaseSensitive(series, "values"))
	{
		code = take_value(reader, value, ++i, unit);
		if (code)
			return code;
	}
	return 0;
}

static int take_answer(struct reader *reader, const cJSON *root)
{
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(root, "data");
	const cJSON *series = NULL;
	const char *type = string_of(data, "resultType");
	int code;

	if (strcmp(string_of(root, "status"), "error") == 0)
		return reader_fail(reader, 0, "Prometheus says: %.300s", string_of(root, "error"));
	if (!*type)
		return reader_fail(reader, 0, "this JSON is no answer of Prometheus");
	if (strcmp(type, "matrix") != 0)
		return reader_fail(reader, 0,
			"an answer of type %.20s has no series: ask /api/v1/query_range", type);
	code = choose(reader, cJSON_GetObjectItemCaseSensitive(data, "result"), &series);
	return code ? code : take_series(reader, series);
}

int read_prometheus(struct reader *reader)
{
	const char *end = NULL;
	cJSON *root = cJSON_ParseWithLengthOpts(reader->text, reader->size + 1, &end, true);
	size_t line = 1;
	int code;

	reader->out->since_epoch = true;
	if (!root) {
		for (const char *c = reader->text; end && c < end; c++)
			line += *c == '\n';
		return reader_fail(reader, line, "this is no JSON, or it was cut off");
	}
	code = take_answer(reader, root);
	cJSON_Delete(root);
	return code;
}
