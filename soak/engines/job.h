/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What soak run has to do: variants of one target, each run as often as the others. Without a job
 * file it is one variant, once.
 */
#ifndef SOAK_JOB_H
#define SOAK_JOB_H

#include <obstack.h>

#include "soak/engines/builtin.h"
#include "soak/judge/judge.h"
#include "soak/report/job_report.h"
#include "soak/run/session.h"

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

/* One variant without a name. */
void job_init(struct job *job);
void job_release(struct job *job);

/*
 * Completes what nobody named: a command keeps its own allocator, for what is soaked shall be what
 * runs in production; built-in workloads get hakmem. To be called when the options have had their
 * say.
 */
void job_settle(struct job *job);

/*
 * Finds the programs and the allocators of all variants, before anything is created. Returns 0 or a
 * negative errno with one line in `error`.
 */
int job_check(struct job *job, struct text *error);

/* The options of a variant's runs, upon those that all have. */
void job_use_variant(struct job_variant *variant, struct session_options *session);

/* How the runs of a job are made. */
struct job_course {
	struct session_options session; /* that all have; its output is their folder */
	struct judge_settings settings;
	unsigned int rounds; /* of each variant */
	void *context;
	/*
	 * Records the run of this number, from 1, with the variant's options. Returns 0, or a
	 * negative errno with `error` set, which ends the job; so does an interrupt.
	 */
	int (*record)(void *context, struct session_options *session, size_t number,
		bool *ret_interrupted, struct text *error);
	/* A recording and its judgement, for who shows them. Returns 0 or a negative errno. */
	int (*judged)(void *context, struct run *run, const struct judgement *judgement);
};

struct job_runs {
	struct job_report_run *made;
	size_t n, planned;
};

/*
 * Records all runs, interleaved, as FOLDER/VARIANT/ROUND.soak, and judges each. Returns 0 or a
 * negative errno with `error` set; the runs made so far are there in any case, and to be released.
 */
int job_run(struct job *job, const struct job_course *course, struct job_runs *ret_runs,
	struct text *error);
void job_runs_release(struct job_runs *runs);

#endif
