/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any table of a run, row by row, for the exports. */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>

#include "soak/record/run_database.h"
#include "soak/record/run_reader.h"

#define MOST_COLUMNS 64

static int prepare(struct run *run, const char *table, sqlite3_stmt **ret_statement)
{
	/*
	 * %w: a table's name cannot end the quotes. rowid keeps the order of writing; samples are
	 * ordered by time.
	 */
	char *sql = sqlite3_mprintf("SELECT * FROM \"%w\"", table);
	int code = 0;

	if (!sql)
		return -ENOMEM;
	if (sqlite3_table_column_metadata(run_database(run), NULL, table, NULL, NULL, NULL, NULL,
		    NULL, NULL) != SQLITE_OK)
		code = -ENOENT;
	else if (!run_prepare(run, sql, ret_statement))
		code = -EIO;
	sqlite3_free(sql);
	return code;
}

int run_table_columns(struct run *run, const char *table, run_row_fn *row, void *context)
{
	struct run_cell cells[MOST_COLUMNS] = {0};
	sqlite3_stmt *s = NULL;
	int code = prepare(run, table, &s), count;

	if (code)
		return code;
	count = sqlite3_column_count(s);
	for (int c = 0; c < count && c < MOST_COLUMNS; c++)
		cells[c].column = sqlite3_column_name(s, c);
	row(context, cells, count);
	sqlite3_finalize(s);
	return 0;
}

int run_table(struct run *run, const char *table, run_row_fn *row, void *context)
{
	struct run_cell cells[MOST_COLUMNS];
	sqlite3_stmt *s = NULL;
	int code = prepare(run, table, &s), count;

	if (code)
		return code;
	count = sqlite3_column_count(s);
	while (run_next(run, s)) {
		for (int c = 0; c < count && c < MOST_COLUMNS; c++) {
			cells[c].column = sqlite3_column_name(s, c);
			cells[c].is_number = sqlite3_column_type(s, c) == SQLITE_INTEGER;
			cells[c].text = (const char *)sqlite3_column_text(s, c);
		}
		row(context, cells, count);
	}
	sqlite3_finalize(s);
	return run_error(run) ? -EIO : 0;
}
