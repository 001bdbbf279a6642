/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The target's processes as user space sees them: which run, which have ended, and what each has
 * counted. Not thread-safe.
 *
 * A process enters the table when its slot comes alive and leaves it when its slot is dead and its
 * last counters have been added to the sums of the ended and handed to the `ended` callback. Sums
 * never fall.
 *
 * Without probes (tree_new(NULL)) the table is kept by reading /proc. Processes that run for less
 * than a tick are then missed, and no calls are counted.
 */
#ifndef SOAK_TREE_H
#define SOAK_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bpf/tree.h"
#include "collectors/ops/heap_page.h"
#include "collectors/probes.h"
#include "collectors/sample.h"

/* Counters of a process. Their sources and the metrics of their sums: `counters` in tree.c. */
enum process_counter {
	PROCESS_MINFLT, /* these three are read with the memory: memory.h */
	PROCESS_MAJFLT,
	PROCESS_CPU_NS,
	PROCESS_USAGE,
	PROCESS_FAULT_USER = PROCESS_USAGE, /* these are in its slot */
	PROCESS_FAULT_KERNEL,
	PROCESS_COUNTERS
};

struct process {
	pid_t tgid;
	pid_t parent;
	/* of this run: 1, 2, ... in order of appearance; survives reuse of a pid */
	uint32_t id;
	uint32_t slot;                     /* 0 without probes */
	const struct process_slot *live;   /* NULL without probes */
	int statm_fd;                      /* kept open; -1 when not opened yet */
	int64_t base[PROCESS_COUNTERS];    /* values when it became part of the run */
	int64_t counted[PROCESS_COUNTERS]; /* since then, as last sampled */
	/* highest sample; at the end the kernel's high-water mark if that is higher */
	int64_t peak_rss_bytes;
	uint64_t start_ns, end_ns; /* CLOCK_MONOTONIC; end_ns 0 while alive */
	uint32_t exit_code;
	bool borrows; /* it runs in the address space of a process above it in the table */
	bool compat;  /* runs a 32-bit program whose exec was not seen */
	bool missing; /* gone, but its end was not seen */
	union heap_owner heap_owner; /* its identity for --allocator-stats, once it was needed */
	char comm[16];
	void *user; /* owned by the recorder; freed with free() */
};

struct tree;

struct tree_handlers {
	void *context;
	void (*started)(void *context, struct process *process);
	void (*executed)(void *context, struct process *process, const char *file);
	/* last chance to read process->live */
	void (*ended)(void *context, struct process *process);
};

int tree_new(struct probes *probes, const struct tree_handlers *handlers, struct tree **ret_tree);
void tree_free(struct tree *tree);

/*
 * Adds running processes; with probes also all their descendants, by marking them. Skips processes
 * that have ended. Returns 0 or a negative errno: -ESRCH if none is left.
 */
int tree_adopt(struct tree *tree, const pid_t *tgids, size_t count);

/* Readable when the probes have news; -1 without probes. */
int tree_fd(const struct tree *tree);

/*
 * Enters processes that were started and programs that were executed, but removes no process. So it
 * may be called while the table is being walked.
 */
void tree_hear(struct tree *tree);

/* Brings the table up to date. Cheap when nothing happened. */
void tree_update(struct tree *tree);

/*
 * Removes processes whose end the probes did not see, which should not happen. Call it now and
 * then, after tree_update(). Each such process counts as not followed.
 */
void tree_drop_missing(struct tree *tree);

/*
 * Counts the target's tasks that run or are ready to run: only these can be between the two
 * counters of a call. Makes a pass over all tasks of the system. Returns 0 or a negative errno;
 * needs probes.
 */
int tree_running(struct tree *tree, size_t *ret_running);

size_t tree_count(const struct tree *tree);
struct process *tree_process(struct tree *tree, size_t index);

/* Fills processes, the churn calls, faults by mode, and lost_events. */
void tree_fill(struct tree *tree, struct sample *sample);

/* Fills the sum of a counter over live processes, as last sampled, and ended ones. */
void tree_fill_counter(
	const struct tree *tree, enum process_counter counter, struct sample *sample);

/* All churn so far, by kind, errno class and latency bucket. */
void tree_churn(const struct tree *tree, struct churn_counts *ret_counts);

struct tree_losses tree_losses(const struct tree *tree);

#endif
