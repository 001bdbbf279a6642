/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Heap statistics of the target's allocators, which are asked for through the ops page
 * (collectors/ops/heap_page.h). docs/allocator-stats.md.
 */
#ifndef SOAK_HEAP_STATS_H
#define SOAK_HEAP_STATS_H

#include <stdbool.h>
#include <sys/types.h>

#include "collectors/ops/heap_page.h"
#include "collectors/sample.h"
#include "collectors/tree.h"

struct heap_stats_seen {
	/* By allocator: the pid of the first process that answered; 0: none. */
	pid_t first[HEAP_TELLERS];
	/* A process whose answer may be another one's, of the same number elsewhere; 0: none. */
	pid_t ambiguous;
	/* By place: an owner that was not in the tree last time; 0: found, or free. */
	uint64_t strangers[HEAP_PLACES];
};

/* "jemalloc: in use ..., committed ..."; NULL for an allocator without statistics. */
const char *heap_stats_meaning(enum heap_teller teller);

/* A warning about the figures that it lacks, or NULL. */
const char *heap_stats_untold(enum heap_teller teller);

/*
 * The live process that signs like this. NULL: there is none, or it may be one of several, of which
 * *ret_ambiguous is then one; else that is left alone.
 */
struct process *heap_stats_owner(struct tree *tree, union heap_owner owner, pid_t *ret_ambiguous);

/* Asks: each process answers at its next allocator call. */
void heap_stats_ask(struct heap_page *page);

/*
 * Adds the last answers of the live processes to allocator_in_use_bytes and
 * allocator_committed_bytes, which stay absent if no process answered. Frees the places of
 * processes that have ended.
 */
void heap_stats_fill(struct heap_page *page, struct tree *tree, struct sample *sample,
	struct heap_stats_seen *seen);

#endif
