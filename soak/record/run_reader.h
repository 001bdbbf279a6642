/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading a run file: finished, still growing, or left behind by a recorder that was killed.
 *
 * Nothing here writes to the file. One struct run belongs to one thread. Everything that a getter
 * returns belongs to the run and lives until run_close().
 */
#ifndef SOAK_RUN_READER_H
#define SOAK_RUN_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/metrics.h"
#include "soak/words/text.h"

struct run;

/* Returns 0 or a negative errno, with one line in `error` that says what is wrong with the file. */
int run_open(const char *path, struct run **ret_run, struct text *error);
void run_close(struct run *run);

/*
 * One line about the first error that a query met, even in the middle of its rows; then the data
 * are incomplete. NULL: there was no error.
 */
const char *run_error(const struct run *run);

const char *run_path(const struct run *run);
/* Was it being recorded when it was opened? (The recorder holds the lock of the file.) */
bool run_is_growing(const struct run *run);

size_t run_sample_count(const struct run *run);

/*
 * One metric of all samples, in order; NaN where it was not measured. Loaded at the first call.
 * NULL when memory is short or the file is damaged there.
 */
const double *run_series(struct run *run, enum metric metric);

/* Seconds since the start, one for each sample. */
const double *run_times(struct run *run);

/* A fact about the run (keys in docs/run-file.md), or NULL. */
const char *run_fact(const struct run *run, const char *key);
double run_fact_number(const struct run *run, const char *key, double otherwise);

/* The key of the i-th fact in the order of keys; NULL: there are not so many. */
const char *run_fact_key(const struct run *run, size_t i);

struct run_event {
	double t_s;
	const char *kind; /* docs/run-file.md lists them */
	const char *text;
};

/* How the text of a `segment` begins where the program was started again; else it is a gap. */
#define SEGMENT_RESTART "restart: "

size_t run_events(struct run *run, const struct run_event **ret_events);

struct run_cross {
	const char *syscall;
	int64_t bpf, perf; /* -1: that source was absent */
};

struct run_allocator_calls {
	int process;         /* processes.id */
	const char *program; /* what that ran last */
	const char *syscall;
	int64_t bpf, own, unsure;
};

/* By process. None if the allocator has no counters of its own. */
size_t run_allocator_calls(struct run *run, const struct run_allocator_calls **ret_rows);

size_t run_crosscheck(struct run *run, const struct run_cross **ret_rows);

/* A cell of a table: text, or an integer that needs no quotes, or NULL. */
struct run_cell {
	const char *column;
	const char *text; /* NULL: SQL NULL */
	int is_number;
};

typedef void run_row_fn(void *context, const struct run_cell *cells, size_t count);

/*
 * Calls `row` for each row of a table, in order. Returns 0, -ENOENT if the run has no such table,
 * -ENOMEM or -EIO.
 */
int run_table(struct run *run, const char *table, run_row_fn *row, void *context);

/* The names of a table's columns, as one row of text cells without values. Same errors. */
int run_table_columns(struct run *run, const char *table, run_row_fn *row, void *context);

/* The first number that a query yields, or `otherwise`. */
int64_t run_number(struct run *run, const char *sql, int64_t otherwise);

#endif
