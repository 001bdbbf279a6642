/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who held the target's memory, reading by reading: the table `mappings` as series. */
#ifndef SOAK_RUN_MAPPINGS_H
#define SOAK_RUN_MAPPINGS_H

#include <stddef.h>
#include <stdint.h>

#include "soak/record/run_reader.h"

/* Mappings of one process, kind and name. Texts live until the callback returns. */
struct run_mapping {
	int64_t process, pid; /* processes.id; its process id. 0: several */
	const char *program;  /* what the process ran last; NULL for process 0 */
	const char *kind, *name;
	/* at each reading; bytes, resident and swapped out; 0 while there is no such mapping */
	const double *held;
	const double *count; /* of mappings */
};

typedef void run_mapping_fn(void *context, const struct run_mapping *mapping);

/*
 * When mappings were read, as indices of samples, in order. The caller frees *ret_samples. Returns
 * how many, 0 also when memory is short.
 */
size_t run_mapping_readings(struct run *run, size_t **ret_samples);

/*
 * Calls back for each process, kind and name that ever held a mapping; `samples` are the n
 * readings. Returns 0, -ENOENT if the run has no such table, -ENOMEM or -EIO.
 */
int run_mappings(
	struct run *run, const size_t *samples, size_t n, run_mapping_fn *fn, void *context);

#endif
