/* SPDX-License-Identifier: MIT */
/*
 * Runs of granules: what slabs and large blocks are made of. A run lies anywhere in a mapping of
 * the heap, across SuperSlabs as well. Free neighbours are one run; a run is taken where it fits
 * best, from memory that is dirty already before memory that is not.
 */
#ifndef SRC_RUNS_H
#define SRC_RUNS_H

#include "src/free_runs.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A run of `count` granules at a multiple of `align` granules, a power of two; in use from now on.
 * NULL without memory. *ret_clean: it reads as zeros. What stands there is for the caller to enter
 * into the granule map.
 */
void *hk_heap_take(size_t count, size_t align, enum hk_place place, bool *ret_clean);

/* Gives a run back; the caller has removed it from the granule map. */
void hk_heap_give(void *start, size_t count);

/* The same for a run whose memory was moved elsewhere: it reads as zeros. */
void hk_heap_give_clean(void *start, size_t count);

/* Makes a run longer, if what follows it is free, or shorter. */
bool hk_heap_resize(void *start, size_t count, size_t new_count);

/* A granule for a slab: hk_slab_of() works from now on. NULL without memory. */
void *hk_heap_take_slab(bool *ret_clean);
void hk_heap_give_slab(void *start);

/* Of a large block, in granules, when it was taken or last resized. */
static inline size_t hk_heap_length(const void *start)
{
	return hk_run_at(hk_number_of(start))->length;
}

#endif
