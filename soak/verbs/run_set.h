/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets of runs, given as files or as folders, and their figures in order of start. */
#ifndef SOAK_RUN_SET_H
#define SOAK_RUN_SET_H

#include <stddef.h>

#include "soak/judge/run_figures.h"
#include "soak/words/text.h"

/* What is known of a run beside its figures. */
enum run_set_fact {
	FACT_COMMAND,
	FACT_HOST,
	FACT_HOST_CPU,
	FACT_KERNEL,
	FACT_ALLOCATOR,
	FACT_ALLOCATOR_VERSION,
	FACT_OPS,
	FACT_INTERVAL,
	FACT_DURATION,
	FACT_COUNT
};

/* Of a run, all that is kept of it once its file is closed. */
struct loaded_run {
	char *path;
	char start_utc[32];
	struct run_figures figures;
	char *facts[FACT_COUNT]; /* "": not recorded */
	const char *failed;      /* the target did not end well; NULL: it did */
};

/* Zeroed, a set is empty. */
struct run_set {
	struct loaded_run *runs;
	size_t n, capacity;
};

/* A folder stands for the run files in it. Returns 0, or a negative errno with `error`. */
int run_set_add(struct run_set *set, const char *path, struct text *error);

/*
 * Reads all runs and sorts them by start. `warmup_s` NAN: as recorded. Returns 0, or an exit code
 * after one line on stderr.
 */
int run_set_load(struct run_set *set, double warmup_s);

const char *run_set_fact_name(enum run_set_fact fact); /* as in the run file: "host_cpu" */

void run_set_release(struct run_set *set);

#endif
