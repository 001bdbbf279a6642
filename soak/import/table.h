/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A table of named columns and rows of text, unchanged from the file: every format becomes one.
 *
 * All text is in one pool. It is referred to by its offset, because the pool moves when it grows. A
 * row may have fewer or more cells than there are names.
 */
#ifndef SOAK_IMPORT_TABLE_H
#define SOAK_IMPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct table_row {
	size_t first; /* of its cells */
	size_t n;
	size_t line;
	bool round; /* a header, or a line that is a time, precedes it */
};

struct table {
	char *pool;
	size_t used, pool_capacity;
	size_t *cells;
	size_t ncells, cells_capacity;
	struct table_row *rows;
	size_t n, rows_capacity;
	size_t *names;
	size_t nnames, names_capacity;
	bool headless; /* names are 1, 2, 3 */
	bool strict;   /* a row with fewer cells than names lacks any of them, not the last ones */
	bool fixed;    /* the first column is the time, the second RSS, all others keys */
	double plain_unit;   /* bytes, of figures without a unit in this format; 0: unknown */
	bool powers_of_1000; /* kB, MB and GB are SI's */
};

/* These return 0 or -ENOMEM. */

/* Keeps a text of that length. */
int table_text(struct table *table, const char *text, size_t length, size_t *ret_offset);
int table_name(struct table *table, const char *name, size_t length);
int table_cell(struct table *table, const char *text, size_t length);
/* One more cell with a text that is kept already. */
int table_cell_at(struct table *table, size_t offset);
/* Ends the row of all cells since the row before. */
int table_end_row(struct table *table, size_t line, bool round);
/* Drops the cells of the row that has not ended. */
void table_drop_cells(struct table *table);
/* How many cells the row has so far. */
size_t table_cells(const struct table *table);
/* Names columns 1, 2, 3. */
int table_number_names(struct table *table, size_t n);

const char *table_name_of(const struct table *table, size_t column);
/* "" where the row is too short. */
const char *table_at(const struct table *table, const struct table_row *row, size_t column);

/* Is it the same header once more? `cells` are those of the row that has not ended. */
bool table_repeats_names(const struct table *table);

void table_release(struct table *table);

#endif
