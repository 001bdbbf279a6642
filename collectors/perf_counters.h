/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The second kernel source: perf_event counters on the entry tracepoints of the churn calls,
 * inherited by everything that the target forks. They share no code with the probes, which count at
 * the exit of a call.
 *
 * The kernel stops such counting in a task that executes a set-uid program (fs/exec.c,
 * begin_new_exec). It does not count threads that existed before, unless perf_counters_add() was
 * called for them.
 */
#ifndef SOAK_PERF_COUNTERS_H
#define SOAK_PERF_COUNTERS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bpf/churn.h"
#include "soak/words/text.h"

struct perf_counters;

/* Returns 0 or a negative errno, with one line in `error`. */
int perf_counters_new(struct perf_counters **ret_counters, struct text *error);
void perf_counters_free(struct perf_counters *counters);

/*
 * Counts the calls of this thread and of everything that it starts from now on. `counted`: bit c is
 * set if the thread has inherited the counter of churn call c already. Returns how many counters
 * were opened, or a negative errno; then none stays open.
 */
int perf_counters_add(struct perf_counters *counters, pid_t tid, uint32_t counted);

/* Descriptors that one thread needs. */
#define PERF_COUNTERS_FDS CHURN_SYSCALL_COUNT

/* The ids of the tracepoints, one for each churn call. */
const uint64_t *perf_counters_ids(const struct perf_counters *counters);

/* Forgets all threads and what they counted. */
void perf_counters_drop(struct perf_counters *counters);

/*
 * Reads the calls entered so far. This interrupts each running thread of the target once for each
 * system call, so do not use it at every tick.
 */
void perf_counters_read(
	const struct perf_counters *counters, uint64_t ret_calls[CHURN_SYSCALL_COUNT]);

#endif
