/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What columns are called: one table of names. */
#ifndef SOAK_IMPORT_NAMES_H
#define SOAK_IMPORT_NAMES_H

#include <stdbool.h>

enum meaning {
	MEANS_NOTHING,
	MEANS_TIME,
	MEANS_DATE, /* or time: a clock may stand in another column */
	MEANS_RSS,
	MEANS_OPS,
	MEANS_ID,    /* whose figures: of one process or container */
	MEANS_NAME,  /* whose figures: of a program that may be started again */
	MEANS_OTHER, /* known not to be RSS */
};

struct name_meaning {
	enum meaning meaning;
	int rank;    /* of RSS: 1 is the best */
	double unit; /* that it ends with: bytes, nanoseconds; 0: none */
};

struct name_meaning name_find(const char *name);

/* The unit that a name ends with, whatever else it says; 0: none. */
double name_unit(const char *name, bool time);

#endif
