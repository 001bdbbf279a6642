/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Meanings of column names, from one table. */
#ifndef SOAK_IMPORT_NAMES_H
#define SOAK_IMPORT_NAMES_H

#include <stdbool.h>

enum meaning {
	MEANS_NOTHING,
	MEANS_TIME,
	MEANS_DATE, /* date or time: the time of day may be in another column */
	MEANS_RSS,
	MEANS_OPS,
	MEANS_ID,    /* identifies one process or container */
	MEANS_NAME,  /* identifies a program, which may be restarted */
	MEANS_OTHER, /* known not to be RSS */
};

struct name_meaning {
	enum meaning meaning;
	int rank;    /* of RSS: 1 is the best */
	double unit; /* with which the name ends: bytes, nanoseconds; 0: none */
};

struct name_meaning name_find(const char *name);

/* The unit that a name ends with, whatever else it says; 0: none. */
double name_unit(const char *name, bool time);

#endif
