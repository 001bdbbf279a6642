/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who held the live heap: the tables heap, heap_sites and heap_frames. docs/heap-sampling.md. */
#ifndef SOAK_RUN_HEAP_H
#define SOAK_RUN_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "soak/record/run_reader.h"

struct run_heap_frame {
	char *function, *place; /* without and with the offset in the function */
	char *module, *build_id;
	uint64_t address;
	bool own; /* not of libc, an allocator or a language's standard library */
};

struct run_heap_site {
	uint32_t *frames; /* indices, innermost first */
	size_t count;
	bool whole; /* the stack reaches the outermost frame */
};

struct run_heap {
	struct run_heap_frame *frames; /* index 0: unused */
	struct run_heap_site *sites;   /* index 0: what cannot be told apart */
	size_t nframes, nsites;
	double mean; /* bytes between two samples */
};

struct run_heap_value {
	double live, live_blocks, live_variance;
	double allocated, allocated_blocks, allocated_variance;
};

/*
 * Returns 0, -ENOENT if nothing was sampled in this run, -ENOMEM or -EIO. After 0 the caller calls
 * run_heap_release().
 */
int run_heap_read(struct run *run, struct run_heap *ret_heap);
void run_heap_release(struct run_heap *heap);

/*
 * Which frame of a stack to name first: the innermost of the program's own, else the innermost.
 */
size_t run_heap_caller(const struct run_heap *heap, size_t site);

/* "prog`leak+0x12, called by prog`serve, by prog`main" */
void run_heap_name(const struct run_heap *heap, size_t site, struct text *ret_name);

/*
 * What a site held at the given times, in order; called for each site that ever held anything, in
 * order. `values` lives until the callback returns.
 */
typedef void run_heap_fn(void *context, size_t site, const struct run_heap_value *values);
int run_heap_series(struct run *run, const struct run_heap *heap, const double *t_s, size_t n,
	run_heap_fn *fn, void *context);

/* The times of all readings, in order. The caller frees *ret_t_s. Returns how many. */
size_t run_heap_times(struct run *run, double **ret_t_s);

/*
 * Fills what each site held at the last reading at or before a time, and when that was; of a time
 * before all readings at the first one. Returns 0, -ENODATA if there is no reading, or -EIO.
 */
int run_heap_at(struct run *run, const struct run_heap *heap, double t_s,
	struct run_heap_value *ret_values, double *ret_t_s);

#endif
