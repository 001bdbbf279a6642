/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Series that other tools recorded: read into rows, then written as an ordinary run.
 *
 * Read are CSV of any kind, the logs of psrecord and mprof, and the JSON of a Prometheus range
 * query. What a row lacks is SAMPLE_NONE, never zero; an RSS of zero is a process that has gone,
 * and is SAMPLE_NONE as well. Gaps stay gaps. Nothing here prints.
 */
#ifndef SOAK_IMPORT_H
#define SOAK_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct import_options {
	const char *format;               /* NULL: by content */
	const char *time, *rss, *ops;     /* CSV: columns; NULL: by header */
	const char *time_unit, *rss_unit; /* NULL: by header, else s and B */
	const char *const *select;        /* Prometheus: LABEL=VALUE, all of which must hold */
	size_t nselect;
	bool children_given, without_children; /* mprof: CHLD lines */
};

struct import_row {
	int64_t t_ns; /* of the epoch, or of any other origin */
	int64_t rss_bytes;
	int64_t ops; /* counter */
};

/* What was read. Texts say where it came from; empty: does not apply. */
struct imported {
	struct import_row *rows;
	size_t n, capacity;
	const char *format;
	char time_from[160], rss_from[160], ops_from[160];
	char series[512];      /* Prometheus: its labels */
	char command[512];     /* mprof: what ran */
	char notes[512];       /* sentences, one a line */
	double rss_step_bytes; /* the finest figure of RSS: what it cannot resolve */
	bool since_epoch;
};

/*
 * Reads a file, "-" for standard input. Returns 0 or a negative errno, with one line in `error`
 * that names the file and, where there is one, the line. imported_release() takes both.
 */
int import_read(const char *path, const struct import_options *options,
	struct imported *ret_imported, char *error, size_t error_size);
void imported_release(struct imported *imported);

/* Writes the run `output`; refuses one that exists unless `overwrite`. Errors as import_read(). */
int import_write(const struct imported *imported, const char *from, const char *output,
	bool overwrite, char *error, size_t error_size);

bool import_has_format(const char *name);

#endif
