/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What soak run has to do: variants of one target, each run as often as the others. Without a job
 * file it is one variant, once.
 */
#ifndef SOAK_JOB_H
#define SOAK_JOB_H

#include <obstack.h>

#include "soak/engines/builtin.h"
#include "soak/verbs/observe.h"
#include "soak/words/text.h"

#define JOB_VARIANTS_MAX 16
#define JOB_NAME_SIZE 32
#define JOB_REPEAT_MAX 1000

struct job_variant {
	char name[JOB_NAME_SIZE];
	const char *allocator; /* "own": what the target uses by itself; NULL: see job_settle() */
	const char *workload;  /* a built-in one, or NULL: command */
	char **command;        /* NULL-terminated, or NULL: workload */
	char **environment;    /* NULL-terminated, or NULL */
	const char *where;     /* "FILE:LINE" that named the allocator, or NULL */
	struct builtin builtin;
};

struct job {
	char file[PATH_MAX]; /* "": there is none */
	struct job_variant variants[JOB_VARIANTS_MAX];
	size_t n;
	bool is_list;          /* of allocators: variants that differ in nothing else */
	struct obstack memory; /* of all that the pointers point to, the command line's aside */
};

/* The options of soak run, of a struct observe: those with a section are keys of job files. */
extern const struct option_set run_options[];

/* One variant without a name. */
void job_init(struct job *job);
void job_release(struct job *job);

/*
 * Reads a job file, found as given or among soak's own, into `job`, which is fresh, and `observe`,
 * which keeps pointers into the job. Returns 0 or a negative errno with one line in `error`, which
 * begins with FILE:LINE.
 */
int job_read(struct job *job, const char *name, struct observe *observe, struct text *error);

/*
 * Completes what nobody named: a command keeps its own allocator, for what is soaked shall be what
 * runs in production; built-in workloads get hakmem. To be called when the options have had their
 * say.
 */
void job_settle(struct job *job);

/*
 * Finds the programs and the allocators of all variants, before anything is created. Same errors.
 */
int job_check(struct job *job, struct text *error);

/*
 * Runs all of it, interleaved, judges each run and sums up. `observe` holds what all runs have in
 * common. Returns an exit code.
 */
int job_run(struct job *job, const struct observe *observe);

#endif
