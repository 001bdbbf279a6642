/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The database behind a run, for the files of this folder alone. */
#ifndef SOAK_RUN_DATABASE_H
#define SOAK_RUN_DATABASE_H

#include <stdbool.h>

#include "soak/record/series.h"

struct run;
struct sqlite3;
struct sqlite3_stmt;

struct sqlite3 *run_database(const struct run *run);

/* Where a sum of metrics is kept, once it was made: NULL until then. run_close() frees it. */
double **run_sum_place(struct run *run, enum series_id series);

/*
 * All queries go through these two. False: there is no such column or table; there is not another
 * row; or there was an error, which run_error() then tells.
 */
bool run_prepare(struct run *run, const char *sql, struct sqlite3_stmt **ret_statement);
bool run_next(struct run *run, struct sqlite3_stmt *statement);

#endif
