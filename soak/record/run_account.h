/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The churn calls of a run, grouped by phase, system call, kind, process and caller. Calls that
 * were counted under no caller are included, with a caller of NULL, so the sums are those of the
 * run.
 */
#ifndef SOAK_RUN_ACCOUNT_H
#define SOAK_RUN_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "soak/record/run_reader.h"

enum account_key {
	ACCOUNT_PHASE,
	ACCOUNT_SYSCALL,
	ACCOUNT_KIND,
	ACCOUNT_PROCESS,
	ACCOUNT_CALLER,
	ACCOUNT_STACK, /* of the caller: one caller may have several */
	ACCOUNT_KEYS
};

enum account_phase {
	PHASE_STARTUP,  /* the first second: loader and libc */
	PHASE_WARMUP,   /* until the steady window */
	PHASE_STEADY,   /* whole seconds of the window, because gains are recorded by the second */
	PHASE_TEARDOWN, /* after the end of the observation */
	PHASE_COUNT
};

const char *account_phase_name(enum account_phase phase); /* "start-up" */

#define ACCOUNT_STARTUP_S 1.0

/*
 * In seconds since the start: begin of the steady phase, a whole number, beyond end_s if there is
 * no steady phase; and the end of the observation.
 */
struct account_bounds {
	double steady_s, end_s;
};

/* Errors of calls that were counted under no caller: they are not recorded by the second. */
#define ACCOUNT_NOT_COUNTED (-1)

/*
 * Keys that rows are not grouped by are NULL, or process 0. Texts live until the callback returns.
 */
struct account_row {
	const char *phase, *syscall, *kind;
	int64_t process, pid; /* processes.id; its process id */
	/* program at that time; for calls under no caller, the last one of the process */
	const char *program;
	const char *caller, *module, *certainty, *stack;
	bool several, allocator;
	int64_t calls, errors, bytes, ns;
	int64_t budget_calls;   /* those of mmap, munmap, madvise, process_madvise */
	double first_s, last_s; /* ends of the first and last second in which it was seen */
};

/* Does the run have calls, and callers if the keys need them? */
bool run_account_has(struct run *run, unsigned int keys);

typedef void account_fn(void *context, const struct account_row *row);

/*
 * Calls back for each group, in descending order of calls. `keys` has a bit per enum account_key,
 * `phase` is one of them or PHASE_COUNT for all. Returns 0, -ENOENT if the run has none, or -EIO.
 */
int run_account(struct run *run, const struct account_bounds *bounds, unsigned int keys,
	enum account_phase phase, account_fn *row, void *context);

/*
 * The budgeted calls (mmap, munmap, madvise, process_madvise) that the allocator made, as a counter
 * at each sample, and those of callers that are unknown and may be it. Gains are recorded once a
 * second, and appear in the sample after that. Returns 0, -ENOENT if the allocator's calls cannot
 * be told, or -EIO.
 */
int run_account_allocator(struct run *run, double *ret_own, double *ret_unknown);

#endif
