/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The longest single calls of an allocator, in wall-clock time, including waiting. */
#ifndef SOAK_WORKLOAD_LONGEST_H
#define SOAK_WORKLOAD_LONGEST_H

#include "soak/workloads/workload.h"

struct longest {
	uint64_t alloc_ns, free_ns;
};

static inline void longest_keep(uint64_t *longest_ns, uint64_t ns)
{
	*longest_ns = ns > *longest_ns ? ns : *longest_ns;
}

static inline void *longest_alloc(struct longest *longest, uint64_t size)
{
	uint64_t start_ns = workload_now_ns();
	void *block = workload_alloc(size);

	longest_keep(&longest->alloc_ns, workload_now_ns() - start_ns);
	return block;
}

static inline void longest_free(struct longest *longest, void *block)
{
	uint64_t start_ns = workload_now_ns();

	free(block);
	longest_keep(&longest->free_ns, workload_now_ns() - start_ns);
}

#endif
