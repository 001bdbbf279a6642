/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Times as people and programs write them: ISO 8601, what `date` prints, dates with slashes or
 * dots, syslog's without a year, a clock alone, elapsed days-hours:minutes:seconds.
 */
#ifndef SOAK_IMPORT_TIMES_H
#define SOAK_IMPORT_TIMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum time_kind {
	TIME_NONE,
	TIME_DATE,    /* with its year: nanoseconds since the epoch, UTC where it has no zone */
	TIME_NO_YEAR, /* the same of some leap year */
	TIME_CLOCK,   /* since midnight, or days-hours:minutes:seconds */
};

struct time_text {
	enum time_kind kind;
	int64_t ns;
	bool day_or_month; /* day and month could be either, or are read as month first */
	bool date_only;
	size_t length; /* of the text that it took */
};

/*
 * Reads a time at the beginning of a text, up to a blank or the end of the text. A number alone is
 * not a time. `day_first`: 3/4/2024 is in April.
 */
struct time_text time_prefix(const char *text, bool day_first);

/* The same of a whole text, blanks around it aside; kind is TIME_NONE if more follows. */
struct time_text time_parse(const char *text, bool day_first);

#endif
