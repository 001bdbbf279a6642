/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the formats share: a file in memory, its lines, and the table that they fill.
 *
 * All of int type return 0 or a negative errno, with the error's one line written. Lines count
 * from 1; line 0 is the file as a whole.
 */
#ifndef SOAK_IMPORT_READER_H
#define SOAK_IMPORT_READER_H

#include "soak/import/import.h"
#include "soak/import/table.h"

struct reader {
	const char *path;
	char *text; /* ends with NUL */
	size_t size;
	char *next;  /* where the next line begins */
	size_t line; /* the number of the latest one */
	const struct import_options *options;
	struct table table;
	const char *format;
	struct text command, notes; /* as in struct imported */
	struct text *error;
};

typedef int read_fn(struct reader *reader);

read_fn read_csv, read_blanks, read_status, read_log, read_json, read_mprof, read_prometheus,
	read_atop, read_top_mac, read_cloudwatch, read_datadog;

int reader_fail(const struct reader *reader, size_t line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A sentence that the user is told, and that the run keeps. */
void reader_note(struct reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The next line, without its end; NULL after the last that has one. It lives as long as the
 * reader.
 */
char *reader_line(struct reader *reader);

/* input.c: takes the file into memory as UTF-8, within the limits. */
int reader_load(struct reader *reader);

/* columns.c, series.c: the table becomes series. */
int reader_series(struct reader *reader, struct import_set *ret_set);

#endif
