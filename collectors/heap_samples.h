/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who holds the live heap: reads the sampled allocations that libsoakops.so sends, unwinds their
 * stacks, and keeps what each site holds. docs/heap-sampling.md. Not thread-safe.
 */
#ifndef SOAK_HEAP_SAMPLES_H
#define SOAK_HEAP_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/heap_sites.h"
#include "collectors/ops/heap_ring.h"
#include "collectors/sample.h"
#include "collectors/tree.h"

/* Sites of which a reading tells; what the others changed by is told as of site 0. */
#define HEAP_CHANGES_MAX 2500

struct heap_samples;

struct heap_losses {
	uint64_t samples; /* not taken: the ring or the table in the target was full */
	uint64_t frees;   /* not sent: what they released seems to be held for ever */
	uint64_t stacks;  /* not sent: the block is of an unknown site */
	uint64_t thinned; /* samples that stand for more, because the target holds very many */
	uint64_t largest_mean;
};

/*
 * `ring` belongs to the object from now on, also after an error, and is unmapped with it; `mean`
 * bytes lie between two samples. NULL when memory is short.
 */
struct heap_samples *heap_samples_new(struct heap_ring *ring, uint64_t mean, uint64_t seed);
void heap_samples_free(struct heap_samples *samples); /* accepts NULL */

/* Reads what was sent. Call it some 20 times a second: the ring has room for so many events. */
void heap_samples_read(struct heap_samples *samples, struct tree *tree, uint64_t now_ns);

/* Fills heap_sampled_bytes and heap_sampled_error_bytes. */
void heap_samples_fill(const struct heap_samples *samples, struct sample *sample);

/* As mappings_due(): at most every second, and 50 times in each 2.7-fold of the run's length. */
bool heap_samples_due(const struct heap_samples *samples, uint64_t now_ns);

struct heap_change {
	uint32_t site;
	struct heap_weight live, allocated; /* what it has now */
};

/*
 * Calls `changed` for each site that has not what it had at the last call. Of many the larger
 * changes are told. Sums over all sites are exact. Sets when it is due again.
 */
void heap_samples_changes(struct heap_samples *samples, uint64_t now_ns,
	void (*changed)(void *context, const struct heap_change *change), void *context);

struct heap_sites *heap_samples_sites(struct heap_samples *samples);
struct heap_losses heap_samples_losses(const struct heap_samples *samples);

#endif
