/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which column of a table is what: by options, by name, or by content. */
#ifndef SOAK_IMPORT_COLUMNS_H
#define SOAK_IMPORT_COLUMNS_H

#include "soak/import/reader.h"

#define COLUMN_ABSENT ((size_t)-1)
#define KEY_COLUMNS 64

struct columns {
	size_t time;  /* COLUMN_ABSENT: rows come at an interval */
	size_t clock; /* the time of day, where `time` is a date alone */
	size_t rss, ops;
	size_t ids[KEY_COLUMNS], names[KEY_COLUMNS]; /* whose figures a row has */
	size_t nids, nnames;
	double time_unit; /* nanoseconds; 0: by the size of the figures */
	double rss_unit;  /* bytes; 0: by the figures */
	bool unit_stated; /* by the file's header or an option, or known of the format */
};

/* Returns 0 or a negative errno, with the error's line. */
int columns_choose(struct reader *reader, struct columns *ret_columns);

/* A column by its name, whatever the case if there is no other; COLUMN_ABSENT. */
size_t columns_find(const struct table *table, const char *name);

#endif
