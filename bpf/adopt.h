/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What a pass of mark_tasks (adopt.bpf.c) reports of each marked task. */
#ifndef SOAK_BPF_ADOPT_H
#define SOAK_BPF_ADOPT_H

#include <linux/types.h>

/* If more processes than this are to be observed, name an ancestor of them instead. */
#define ADOPT_MOST_WANTED 4096

/* Its list of perf events is too long to be read. */
#define ADOPT_COUNTED_UNKNOWN 0x80000000u

/* It runs or is ready to, so it may be anywhere in the kernel. Else it sleeps or has ended. */
#define ADOPTED_RUNNING 1
/*
 * It has not been seen asleep since counters were last opened, so it may be in the middle of a fork
 * that copied its counters before that.
 */
#define ADOPTED_UNSETTLED 2

struct adopted_task {
	__u32 tid, tgid; /* in the observer's PID namespace */
	/* Bit c: the observer's perf event of churn call c counts this task; own or inherited. */
	__u32 counted;
	__u32 state; /* ADOPTED_RUNNING, ADOPTED_UNSETTLED */
};

#endif
