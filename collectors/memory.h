/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory, page faults, threads and CPU time of the target's processes.
 *
 * The first source is the on-demand probe memory_read (exact, 1 us), or, without it,
 * /proc/PID/{statm,status,stat}. The second source is always /proc/PID/statm, on a descriptor that
 * is kept open.
 */
#ifndef SOAK_MEMORY_H
#define SOAK_MEMORY_H

#include <stdint.h>

#include "collectors/sample.h"
#include "collectors/tree.h"

struct memory_usage {
	uint64_t address_space; /* equal for processes that share one; 0: unknown */
	int64_t anon_bytes, file_bytes, shmem_bytes, swap_bytes;
	int64_t vmas; /* SAMPLE_NONE if the source lacks it */
	int64_t pgtables_bytes;
	int64_t counted[PROCESS_USAGE]; /* since the process began */
	int64_t threads;
};

/* `probes` may be NULL. Returns 0, or -ESRCH: the process has no address space (any more). */
int memory_read_process(
	const struct probes *probes, const struct process *process, struct memory_usage *ret_usage);

/*
 * Fills the sums over all live processes, and the counters of ended ones. If several processes
 * share an address space, as a child of vfork or posix_spawn does with its parent until it execs,
 * its memory is counted once, for the first of them.
 */
void memory_fill(const struct probes *probes, struct tree *tree, struct sample *sample);

#endif
