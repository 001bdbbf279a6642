/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the preload library writes heap statistics of a process: in the formerly reserved bytes of
 * the ops page, so the page's version is unchanged. docs/allocator-stats.md says who reads and
 * when.
 *
 * The observer asks by incrementing `asked`; while `asked` is 0, it has not asked. A process
 * answers at its next allocator call: it takes a place by its name and fills the place. The
 * observer frees the places of ended processes; a process that finds no free place takes one of
 * these itself.
 */
#ifndef SOAK_OPS_HEAP_PAGE_H
#define SOAK_OPS_HEAP_PAGE_H

#include "collectors/ops/allocators.h"
#include "collectors/ops/soakops.h"

#define HEAP_PLACES 96
#define HEAP_UNTOLD (-1)

enum heap_teller {
	HEAP_UNKNOWN,
#define X(id, ...) HEAP_##id,
	ALLOCATORS(X)
#undef X
		HEAP_TELLERS
};

/*
 * A process: its number in its own PID namespace, and that namespace, because each container has a
 * process 1.
 */
union heap_owner {
	struct {
		uint32_t pid;
		uint32_t pid_namespace; /* the inode of /proc/PID/ns/pid; 0: it cannot be read */
	};
	uint64_t name; /* both at once; 0: nobody */
};

struct heap_place {
	union heap_owner owner;
	uint32_t answered; /* which question; 0 while it is being written */
	uint32_t teller;
	uint64_t time_ns; /* CLOCK_REALTIME, which is the same in all time namespaces */
	int64_t in_use_bytes, committed_bytes;
};

struct heap_page {
	uint32_t asked;
	uint32_t no_place; /* answers that found all places taken */
	uint32_t sampling; /* not 0: the file goes on with a struct heap_ring (heap_ring.h) */
	uint32_t reserved[13];
	struct heap_place place[HEAP_PLACES];
};

SOAKOPS_ASSERT(sizeof(struct heap_page) == sizeof(((struct soakops_page *)0)->reserved));

static inline struct heap_page *heap_page_of(const struct soakops_page *page)
{
	return (struct heap_page *)(uintptr_t)page->reserved;
}

#endif
