/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One execution of a command under soak, strace or perf stat, and what each of them counted.
 *
 * The caller has SIGINT, SIGTERM and SIGHUP blocked; one of them ends the execution, with -EINTR.
 * Nothing that was started outlives the call, or soak, however that ends (soak/run/target.h).
 */
#ifndef SOAK_CROSSCHECK_TOOLS_H
#define SOAK_CROSSCHECK_TOOLS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "collectors/churn.h"
#include "soak/words/text.h"

struct crosscheck_job {
	char **command;
	const char *allocator; /* as for a session; NULL: none */
	const char *preload;   /* the same as "LD_PRELOAD=..."; NULL: none */
	const char *file;      /* to write into; whoever gave it removes it */
	bool show;             /* the command's output, under soak; its input is empty */
	sigset_t signals;      /* the three that end it */
	struct text error;     /* why the command cannot be run, in one line */
};

struct crosscheck_counts {
	int64_t calls[CHURN_SYSCALL_COUNT]; /* all of them, or each is -1: not counted */
	struct text absent;                 /* why nothing was counted; empty: something was */
	int wait_status;                    /* of the command; -1: unknown */
	bool outlived;                      /* another process outlived its first one (soak only) */
};

/*
 * Each returns 0, -EINTR, or another negative errno with job->error set. A tool that is missing or
 * counts nothing is not an error. [0] is eBPF, [1] perf_event.
 */
int crosscheck_soak(struct crosscheck_job *job, struct crosscheck_counts ret_counts[2]);
int crosscheck_strace(struct crosscheck_job *job, struct crosscheck_counts *ret_counts);
int crosscheck_perf_stat(struct crosscheck_job *job, struct crosscheck_counts *ret_counts);

#endif
