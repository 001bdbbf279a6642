/* SPDX-License-Identifier: MIT */
/*
 * Runs of granules, of which slabs and large blocks are made. A run may lie anywhere in a mapping
 * of the heap, also across SuperSlabs. Free neighbours are one run. A new run is taken where it
 * fits best, from dirty memory before clean memory. The functions take the heap's lock.
 */
#ifndef SRC_RUNS_H
#define SRC_RUNS_H

#include "src/free_runs.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Takes a run of `count` granules at a multiple of `align` granules, a power of two. NULL: out of
 * memory. *ret_clean: the run reads as zeros. The caller enters the run into the granule map.
 */
void *hk_heap_take(size_t count, size_t align, enum hk_place place, bool *ret_clean);

/* Gives a run back; the caller has removed it from the granule map. */
void hk_heap_give(void *start, size_t count);

/* The same for a run whose memory was moved elsewhere, so that it reads as zeros. */
void hk_heap_give_clean(void *start, size_t count);

/* Makes a run shorter, or longer if enough granules behind it are free. False: they are not. */
bool hk_heap_resize(void *start, size_t count, size_t new_count);

/* A granule for a slab: hk_slab_of() works from now on. NULL: out of memory. */
void *hk_heap_take_slab(bool *ret_clean);
void hk_heap_give_slab(void *start);

/* The first mapping, whose name those that follow inherit. Once; without memory, it comes later. */
void hk_heap_start(void);

/* Length of a large block in granules, as of when it was taken or last resized. */
static inline size_t hk_heap_length(const void *start)
{
	return hk_run_at(hk_number_of(start))->length;
}

#endif
