/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the columns of time, RSS, ops and keys: by options, by name, or by content. */
#ifndef SOAK_IMPORT_COLUMNS_H
#define SOAK_IMPORT_COLUMNS_H

#include "soak/import/reader.h"

#define COLUMN_ABSENT ((size_t)-1)
#define KEY_COLUMNS 64

struct columns {
	size_t time;  /* COLUMN_ABSENT: rows come at an interval */
	size_t clock; /* the time of day, where `time` is a date alone */
	size_t rss, ops;
	size_t marks;                                /* COLUMN_ABSENT: none */
	size_t ids[KEY_COLUMNS], names[KEY_COLUMNS]; /* identify a row's process or container */
	size_t nids, nnames;
	double time_unit; /* nanoseconds; 0: by the size of the figures */
	double rss_unit;  /* bytes; 0: by the figures */
	bool unit_stated; /* by the file's header, by an option, or by the format */
};

/* Returns 0 or a negative errno, with the error's line. */
int columns_choose(struct reader *reader, struct columns *ret_columns);

/* Finds a column by name; in another case if no name matches exactly. Or COLUMN_ABSENT. */
size_t columns_find(const struct table *table, const char *name);

#endif
