/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the formats share: a file in memory, its lines, and rows that are checked as they come.
 *
 * All of int type return 0 or a negative errno, with the error's one line written. Lines count
 * from 1; line 0 is the file as a whole.
 */
#ifndef SOAK_IMPORT_READER_H
#define SOAK_IMPORT_READER_H

#include "soak/import/import.h"

struct reader {
	const char *path;
	char *text; /* ends with NUL */
	size_t size;
	char *next;  /* where the next line begins */
	size_t line; /* the number of the latest one */
	const struct import_options *options;
	struct imported *out;
	char *error;
	size_t error_size;
};

typedef int read_fn(struct reader *reader);

read_fn read_csv, read_psrecord, read_mprof, read_prometheus;

/* Where the header of a CSV begins: comments go before it, but the line before the first figures is
 * it even if it begins like one. */
const char *csv_header(const char *text);

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

/*
 * Adds a row. Time that falls, a counter that falls and a negative RSS are errors; of rows with
 * the same time the last one stands.
 */
int reader_add(struct reader *reader, size_t line, const struct import_row *row);

/* What a text turned out to be. */
enum figure_kind { FIGURE_NUMBER, FIGURE_ABSENT, FIGURE_BAD };

/* A plain decimal number; empty and NaN are absent. *ret_step gets what its last digit is worth. */
enum figure_kind figure_parse(const char *text, long double *ret_value, double *ret_step);

/* Reads RSS in units of unit_bytes and keeps account of its finest step. */
int reader_rss(struct reader *reader, size_t line, const char *text, double unit_bytes,
	int64_t *ret_bytes);

/* Seconds since the epoch, or a time of other origin, in units of unit_ns. */
int reader_time(
	struct reader *reader, size_t line, const char *text, double unit_ns, int64_t *ret_ns);

#endif
