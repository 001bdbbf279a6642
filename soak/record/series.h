/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The catalogue of series: the only place that defines RSS, ops, budget calls and so on. Judge,
 * plan, figures, pictures and accounts of calls take their series from here. A series is a sum of
 * metrics (collectors/metrics.h), or the imported metric in an imported run.
 */
#ifndef SOAK_RECORD_SERIES_H
#define SOAK_RECORD_SERIES_H

#include <stdbool.h>
#include <stddef.h>

#include "collectors/sample.h"

enum series_id {
	SERIES_RSS,      /* anon + file + shmem, or as imported */
	SERIES_LAZYFREE, /* read less often than RSS */
	SERIES_FILE,     /* of RSS: backed by files, shared memory included */
	/* memory that a leak fills: anonymous and shared, resident or in swap; page tables */
	SERIES_MEMORY,
	SERIES_SHMEM,
	SERIES_SWAP,
	SERIES_PGTABLES,
	SERIES_OPS, /* alloc + free + realloc, or as imported */
	SERIES_BUDGET_CALLS,
	SERIES_CHURN_CALLS, /* brk + mremap + mprotect */
	SERIES_ALL_CALLS,   /* both */
	/* budget calls that the allocator made; and with those that it may have made */
	SERIES_ALLOCATOR_CALLS,
	SERIES_ALLOCATOR_OR_UNKNOWN_CALLS,
	SERIES_FAULTS,
	SERIES_CPU,        /* seconds, of the target */
	SERIES_OTHER_CPU,  /* of the host, without the target's and soak's */
	SERIES_STEAL,      /* stolen from the host */
	SERIES_SPEED_RUNS, /* times that a fixed piece of work was done on the target's CPUs */
	SERIES_SPEED,      /* seconds that it took */
	SERIES_THREADS,    /* of the whole tree */
	SERIES_OPEN_FDS,
	SERIES_MAPPINGS,
	SERIES_IN_USE, /* bytes that the allocator has given out, and that it holds */
	SERIES_COMMITTED,
	/* by programs whose ops are not in SERIES_OPS */
	SERIES_UNCOUNTED_CALLS,
	SERIES_UNCOUNTED_CHURN,
	SERIES_COUNT
};

#define SERIES_PARTS 7

struct series_info {
	const char *name;  /* "rss" */
	const char *label; /* in sentences: "count of ops" */
	const char *unit;
	bool counter; /* cumulative since the start; else a gauge */
	double scale; /* the parts are divided by this */
	int count;    /* of parts; 0: not made of metrics alone, see run_input.h */
	int negative; /* how many of the parts, the last ones, are subtracted */
	enum metric parts[SERIES_PARTS];
	enum metric imported; /* METRIC_COUNT: none */
};

extern const struct series_info series_info[SERIES_COUNT];

struct run;

/*
 * A series of a run: one value for each sample, NaN where a part was not read. NULL if it was never
 * measured, or memory is short, or the file is damaged (run_error()). It belongs to the run.
 */
const double *run_sum(struct run *run, enum series_id series);

/* Its value at one sample; its increase per second between two samples. NaN: unknown. */
double series_of_sample(enum series_id series, const struct sample *sample);
double series_rate(enum series_id series, const struct sample *from, const struct sample *to);

/*
 * Narrows samples *first to *last to the outermost that have a reading, of both series if `also` is
 * not NULL. False if there are not two of these.
 */
bool series_ends(const double *values, const double *also, size_t *first, size_t *last);

struct series_gain {
	double gain, seconds; /* between the outermost readings; NaN: there are not two */
};

/* The gain of a series between two times; n values at the times t. */
struct series_gain series_gain(
	const double *t, const double *values, size_t n, double from_s, double to_s);

#endif
