/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One command under several observers. Only eBPF and perf_event watch the same execution, so a
 * difference between these two is an error; other differences may come from the command itself.
 */
#ifndef SOAK_CROSSCHECK_H
#define SOAK_CROSSCHECK_H

#include <limits.h>

#include "soak/engines/crosscheck_tools.h"

enum crosscheck_source {
	CROSSCHECK_EBPF,
	CROSSCHECK_PERF_EVENT,
	CROSSCHECK_STRACE,
	CROSSCHECK_PERF_STAT,
	CROSSCHECK_SOURCES
};

/* What the counts of one system call say, all runs together; ordered by weight. */
enum crosscheck_finding {
	CROSSCHECK_ALIKE,
	CROSSCHECK_CUT_SHORT,
	CROSSCHECK_VARIES,
	CROSSCHECK_DIFFERS,
	CROSSCHECK_WRONG
};

struct crosscheck_range {
	int64_t low, high; /* low -1: not counted, in one run at least */
};

struct crosscheck {
	struct crosscheck_job job;
	int runs;

	char preload[3 * PATH_MAX]; /* LD_PRELOAD=... */
	char directory[PATH_MAX], file[PATH_MAX + 16];
	pid_t janitor;
	int life_fd; /* closes when soak ends */

	struct crosscheck_range calls[CHURN_SYSCALL_COUNT][CROSSCHECK_SOURCES]; /* over all runs */
	bool wrong[CHURN_SYSCALL_COUNT];
	struct crosscheck_counts last[CROSSCHECK_SOURCES];
	struct text absent[CROSSCHECK_SOURCES];
	bool outlived;
};

/*
 * Runs job.command under each, `runs` times; the other members are results. SIGINT, SIGTERM and
 * SIGHUP are blocked from then on. Returns 0, -EINTR, or another negative errno with job.error set.
 */
int crosscheck_run(struct crosscheck *check);

enum crosscheck_finding crosscheck_finding(const struct crosscheck *check, int call);

/* A source counts all calls or none. */
bool crosscheck_counted(const struct crosscheck *check, enum crosscheck_source source);

#endif
