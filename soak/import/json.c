/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One JSON object a line, or an array of objects: their members are the columns, those of objects
 * within by "outer.inner". Called by import.c.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/import/reader.h"

#define COLUMNS_MAX 512
#define DEPTH_MAX 4

struct object {
	const char *cells[COLUMNS_MAX];
	char figures[COLUMNS_MAX][32];
};

static int find_column(struct reader *reader, const char *name, size_t *ret_column)
{
	struct table *table = &reader->table;

	for (*ret_column = 0; *ret_column < table->nnames; ++*ret_column)
		if (strcmp(table_name_of(table, *ret_column), name) == 0)
			return 0;
	if (table->nnames == COLUMNS_MAX)
		return reader_fail(reader, reader->line, "more than %d members", COLUMNS_MAX);
	return table_name(table, name, strlen(name));
}

static int take_members(struct reader *reader, const cJSON *object, const char *outer, int depth,
	struct object *cells)
{
	const cJSON *member;
	int code = 0;

	cJSON_ArrayForEach(member, object)
	{
		char name[200];
		size_t column;

		snprintf(name, sizeof(name), "%s%s%s", outer, *outer ? "." : "", member->string);
		if (cJSON_IsObject(member) && depth < DEPTH_MAX) {
			code = take_members(reader, member, name, depth + 1, cells);
			if (code)
				return code;
		}
		if (!cJSON_IsNumber(member) && !cJSON_IsString(member))
			continue;
		code = find_column(reader, name, &column);
		if (code)
			return code;
		cells->cells[column] = member->valuestring;
		if (cJSON_IsNumber(member)) {
			snprintf(cells->figures[column], sizeof(cells->figures[column]), "%.17g",
				member->valuedouble);
			/* As it was written: 0.1 and not 0.10000000000000001. */
			if (strlen(cells->figures[column]) > 17)
				snprintf(cells->figures[column], sizeof(cells->figures[column]),
					"%.15g", member->valuedouble);
			cells->cells[column] = cells->figures[column];
		}
	}
	return 0;
}

static int take_object(struct reader *reader, const cJSON *object)
{
	struct object *cells = calloc(1, sizeof(*cells));
	int code = cells ? take_members(reader, object, "", 0, cells) : -ENOMEM;

	for (size_t i = 0; !code && i < reader->table.nnames; i++) {
		const char *cell = cells->cells[i] ? cells->cells[i] : "";

		code = table_cell(&reader->table, cell, strlen(cell));
	}
	free(cells);
	return code ? code : table_end_row(&reader->table, reader->line, false);
}

static int take_array(struct reader *reader)
{
	cJSON *root = cJSON_ParseWithLength(reader->text, reader->size + 1);
	const cJSON *object;
	int code = 0;

	if (!cJSON_IsArray(root)) {
		cJSON_Delete(root);
		return reader_fail(reader, 0, "this is not JSON, or it was cut off");
	}
	cJSON_ArrayForEach(object, root)
	{
		reader->line++;
		if (!code && cJSON_IsObject(object))
			code = take_object(reader, object);
	}
	cJSON_Delete(root);
	return code;
}

int read_json(struct reader *reader)
{
	char *line;
	int code = 0;

	if (reader->text[strspn(reader->text, " \t\r\n")] == '[')
		return take_array(reader);
	while (!code && (line = reader_line(reader))) {
		cJSON *object;

		if (!line[strspn(line, " \t")])
			continue;
		object = cJSON_Parse(line);
		if (cJSON_IsObject(object))
			code = take_object(reader, object);
		else
			code = reader_fail(reader, reader->line,
				"not a JSON object, or cut off: one a line is wanted");
		cJSON_Delete(object);
	}
	return code;
}
