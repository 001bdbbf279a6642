/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the target's heaps hold by their allocators' own accounts, asked for through the ops page
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
	/* Who has answered so far: the pid of the first process of each teller, 0: none. */
	pid_t first[HEAP_TELLERS];
	/* One whose answer may be that of another with its number in another namespace, 0: none. */
	pid_t ambiguous;
	/* Owners of places that were not found in the tree last time; 0: found, or free. */
	uint64_t strangers[HEAP_PLACES];
};

/* "jemalloc: in use ..., committed ..."; NULL for those that tell nothing here. */
const char *heap_stats_meaning(enum heap_teller teller);

/* A warning of what it does not tell, or NULL. */
const char *heap_stats_untold(enum heap_teller teller);

/* Each process answers at its next allocator call. The page is ours to write. */
void heap_stats_ask(struct heap_page *page);

/*
 * Adds the last answers of the live processes to allocator_in_use_bytes and
 * allocator_committed_bytes, which stay absent where nobody told; frees the places of the dead.
 */
void heap_stats_fill(struct heap_page *page, struct tree *tree, struct sample *sample,
	struct heap_stats_seen *seen);

#endif
