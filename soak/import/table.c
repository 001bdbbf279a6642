/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Named columns and rows of text: see table.h. Filled by formats, read by columns.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/import/table.h"

static int grow(void **array, size_t *capacity, size_t wanted, size_t size)
{
	size_t larger = 2 * *capacity + 256;
	void *grown;

	if (wanted <= *capacity)
		return 0;
	if (larger < wanted)
		larger = wanted;
	grown = reallocarray(*array, larger, size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*capacity = larger;
	return 0;
}

int table_text(struct table *table, const char *text, size_t length, size_t *ret_offset)
{
	if (grow((void **)&table->pool, &table->pool_capacity, table->used + length + 1, 1))
		return -ENOMEM;
	memcpy(table->pool + table->used, text, length);
	table->pool[table->used + length] = '\0';
	*ret_offset = table->used;
	table->used += length + 1;
	return 0;
}

int table_name(struct table *table, const char *name, size_t length)
{
	size_t offset;

	if (grow((void **)&table->names, &table->names_capacity, table->nnames + 1,
		    sizeof(*table->names)) ||
		table_text(table, name, length, &offset))
		return -ENOMEM;
	table->names[table->nnames++] = offset;
	return 0;
}

int table_cell_at(struct table *table, size_t offset)
{
	if (grow((void **)&table->cells, &table->cells_capacity, table->ncells + 1,
		    sizeof(*table->cells)))
		return -ENOMEM;
	table->cells[table->ncells++] = offset;
	return 0;
}

int table_cell(struct table *table, const char *text, size_t length)
{
	size_t offset;

	if (table_text(table, text, length, &offset))
		return -ENOMEM;
	return table_cell_at(table, offset);
}

static size_t next_first(const struct table *table)
{
	return table->n ? table->rows[table->n - 1].first + table->rows[table->n - 1].n : 0;
}

size_t table_cells(const struct table *table)
{
	return table->ncells - next_first(table);
}

int table_end_row(struct table *table, size_t line, bool round)
{
	if (grow((void **)&table->rows, &table->rows_capacity, table->n + 1, sizeof(*table->rows)))
		return -ENOMEM;
	table->rows[table->n] = (struct table_row){
		.first = next_first(table), .n = table_cells(table), .line = line, .round = round};
	table->n++;
	return 0;
}

void table_drop_cells(struct table *table)
{
	table->ncells = next_first(table);
}

int table_number_names(struct table *table, size_t n)
{
	char name[24];
	int code = 0;

	table->headless = true;
	while (!code && table->nnames < n) {
		snprintf(name, sizeof(name), "%zu", table->nnames + 1);
		code = table_name(table, name, strlen(name));
	}
	return code;
}

const char *table_name_of(const struct table *table, size_t column)
{
	return table->pool + table->names[column];
}

const char *table_at(const struct table *table, const struct table_row *row, size_t column)
{
	return column < row->n ? table->pool + table->cells[row->first + column] : "";
}

bool table_repeats_names(const struct table *table)
{
	size_t first = next_first(table);

	if (table_cells(table) != table->nnames || !table->nnames)
		return false;
	for (size_t i = 0; i < table->nnames; i++)
		if (strcmp(table->pool + table->cells[first + i], table_name_of(table, i)) != 0)
			return false;
	return true;
}

void table_release(struct table *table)
{
	free(table->pool);
	free(table->cells);
	free(table->rows);
	free(table->names);
}
