/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Series that other tools recorded: read into rows, then written as ordinary runs.
 * docs/importing.md says which formats are read and how they are recognised. Nothing here prints.
 *
 * A missing figure is SAMPLE_NONE, never zero. An RSS of zero means that the process is gone, and
 * is SAMPLE_NONE as well. Gaps stay gaps.
 */
#ifndef SOAK_IMPORT_H
#define SOAK_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "soak/words/text.h"

struct import_options {
	const char *format;               /* NULL: by content */
	const char *time, *rss, *ops;     /* columns; NULL: by name */
	const char *marks;                /* column; NULL: none */
	const char *time_unit, *rss_unit; /* NULL: by name, else by the figures */
	const char *date_order;           /* dmy, mdy; NULL: by the dates */
	const char *decimal;              /* comma, point; NULL: by the figures */
	int64_t interval_ns;              /* between rounds of rows; 0: by the time column */
	const char *const *keys;          /* NAME=VALUE, all of which must hold */
	size_t nkeys;
	const char *pid;
	bool sum, each;                        /* of several series */
	bool children_given, without_children; /* mprof: CHLD lines */
	size_t max_bytes;                      /* 0: 512 MiB */
	int64_t max_wait_ns;                   /* 0: 60 s */
};

#define IMPORT_MAX_BYTES ((size_t)512 << 20)
#define IMPORT_MAX_WAIT_NS (60 * (int64_t)1000000000)

struct import_row {
	int64_t t_ns; /* of the epoch, or of any other origin */
	int64_t rss_bytes;
	int64_t ops;   /* counter */
	char *segment; /* owned: why a segment begins here; NULL: none does */
	char *mark;    /* owned: the text of a mark; NULL: there is none */
};

/* One series. Texts say where it came from; empty: does not apply. */
struct imported {
	struct import_row *rows;
	size_t n, capacity;
	const char *format;
	struct text time_from, rss_from, ops_from;
	struct text series;    /* which of several */
	struct text command;   /* mprof: what ran */
	struct text notes;     /* sentences, one a line */
	double rss_step_bytes; /* resolution of its figures */
	bool since_epoch;
	size_t segments, restarts, marks;
};

struct import_set {
	struct imported *series; /* one, unless each was asked for */
	size_t n;
};

/*
 * Reads a file, "-" for standard input. Returns 0 or a negative errno, with one line in `error`
 * that names the file and, where there is one, the line. import_set_release() takes both.
 */
int import_read(const char *path, const struct import_options *options, struct import_set *ret_set,
	struct text *error);
void import_set_release(struct import_set *set);

/* Writes the run `output`; refuses one that exists unless `overwrite`. Errors as import_read(). */
int import_write(const struct imported *imported, const char *from, const char *output,
	bool overwrite, struct text *error);

#endif
