/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and runs the job of soak run. */
#ifndef SOAK_VERBS_JOB_H
#define SOAK_VERBS_JOB_H

#include "soak/engines/job.h"
#include "soak/verbs/observe.h"

/* The options of soak run, of a struct observe: those with a section are keys of job files. */
extern const struct option_set run_options[];

/*
 * Reads a job file, found as given or among soak's own, into `job`, which is fresh, and `observe`,
 * which keeps pointers into the job. Returns 0 or a negative errno with one line in `error`, which
 * begins with FILE:LINE.
 */
int job_read(struct job *job, const char *name, struct observe *observe, struct text *error);

/*
 * Runs all of the job, shows each run and sums up. `observe` holds what all runs have in common.
 * Returns an exit code.
 */
int job_show(struct job *job, const struct observe *observe);

#endif
