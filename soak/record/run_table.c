/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any table of a run, row by row, for the exports. */
#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "soak/record/run_database.h"
#include "soak/record/run_reader.h"

/* Not a table of the file, but part of its events. */
#define MARKS "SELECT t_ns, text FROM events WHERE kind = 'mark' ORDER BY t_ns, rowid"

static int prepare(struct run *run, const char *table, sqlite3_stmt **ret_statement)
{
	/*
	 * %w: a table's name cannot end the quotes. rowid keeps the order of writing; samples are
	 * ordered by time.
	 */
	bool marks = strcmp(table, "marks") == 0;
	char *sql = marks ? sqlite3_mprintf(MARKS) : sqlite3_mprintf("SELECT * FROM \"%w\"", table);
	int code = 0;

	if (!sql)
		return -ENOMEM;
	if (!marks && sqlite3_table_column_metadata(run_database(run), NULL, table, NULL, NULL,
			      NULL, NULL, NULL, NULL) != SQLITE_OK)
		code = -ENOENT;
	else if (!run_prepare(run, sql, ret_statement))
		code = -EIO;
	sqlite3_free(sql);
	return code;
}

/* A cell for each column, with its name; NULL when memory is short. The caller frees. */
static struct run_cell *cells_new(sqlite3_stmt *s, int *ret_count)
{
	int count = sqlite3_column_count(s);
	struct run_cell *cells = calloc(count ? (size_t)count : 1, sizeof(*cells));

	for (int c = 0; cells && c < count; c++)
		cells[c].column = sqlite3_column_name(s, c);
	*ret_count = count;
	return cells;
}

int run_table_columns(struct run *run, const char *table, run_row_fn *row, void *context)
{
	struct run_cell *cells;
	sqlite3_stmt *s = NULL;
	int code = prepare(run, table, &s), count;

	if (code)
		return code;
	cells = cells_new(s, &count);
	if (cells)
		row(context, cells, count);
	free(cells);
	sqlite3_finalize(s);
	return cells ? 0 : -ENOMEM;
}

int run_table(struct run *run, const char *table, run_row_fn *row, void *context)
{
	struct run_cell *cells;
	sqlite3_stmt *s = NULL;
	int code = prepare(run, table, &s), count;

	if (code)
		return code;
	cells = cells_new(s, &count);
	while (cells && run_next(run, s)) {
		for (int c = 0; c < count; c++) {
			cells[c].is_number = sqlite3_column_type(s, c) == SQLITE_INTEGER;
			cells[c].text = (const char *)sqlite3_column_text(s, c);
		}
		row(context, cells, count);
	}
	code = !cells ? -ENOMEM : run_error(run) ? -EIO : 0;
	free(cells);
	sqlite3_finalize(s);
	return code;
}
