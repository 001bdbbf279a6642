/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows of a table as figures: time, RSS, ops, and the process or container. The step between the
 * table (columns.h) and the series (series.c).
 */
#ifndef SOAK_IMPORT_POINTS_H
#define SOAK_IMPORT_POINTS_H

#include "soak/import/columns.h"

struct point {
	int64_t t_ns;
	long double value; /* in `unit`s */
	double unit;       /* bytes; 0: not known yet */
	double step;       /* value of its last digit, in `unit`s */
	int digits;
	bool absent;    /* no figure; zero is one */
	bool says_unit; /* the unit is written behind the figure */
	int64_t ops;
	const char *mark; /* the table's; NULL: there is none */
	size_t group, round, line;
};

/* One process or container. */
struct group {
	struct text name; /* "PID=17, COMMAND=app"; "": there is only one */
	size_t id_length; /* of the name: "PID=17, "; what follows outlives a restart */
	size_t program;   /* groups of one program may be its restarts */
	int64_t first_ns, last_ns;
	size_t points;
	size_t round; /* the last one that it was in */
	size_t hash;
};

struct points {
	struct point *all;
	size_t n;
	struct group *groups;
	size_t ngroups;
	size_t *slots, nslots; /* groups by hash */
	bool since_epoch;
	struct text time_from;
};

/* Reads all rows that the keys select. Errors as in reader.h. */
int points_read(struct reader *reader, const struct columns *columns, struct points *ret_points);
void points_release(struct points *points);

/* groups.c: the group of a row, made if need be; returns 0 or -ENOMEM. */
int points_group(struct points *points, const struct table *table, const struct columns *columns,
	const struct table_row *row, size_t *ret_group);

/* row_time.c: what turns a row's text into a time. */
struct row_clock {
	const struct columns *columns;
	double unit; /* of numbers, nanoseconds */
	bool day_first, decided;
	int64_t before_ns, midnights_ns;
	bool has_before;
	bool elapsed; /* by ps: [[days-]hours:]minutes:seconds */
	bool since_epoch;
	const char *words; /* for the message: "s since 1970" */
};

int row_clock_prepare(
	struct reader *reader, const struct columns *columns, struct row_clock *ret_clock);
/* -EINVAL, with the error's line, if there is no time. */
int row_clock_read(struct reader *reader, struct row_clock *clock, const struct table_row *row,
	int64_t *ret_ns);

#endif
