/* SPDX-License-Identifier: MIT */
/*
 * Free runs of granules, by length. Free neighbours are one run. Here a granule is a number: its
 * index in the granule map. The heap's lock is held for all functions.
 */
#ifndef SRC_FREE_RUNS_H
#define SRC_FREE_RUNS_H

#include "src/superslab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HK_NO_GRANULE UINT32_MAX
#define HK_NUMBERS ((uint32_t)1 << (HK_MAP_BITS - HK_GRANULE_SHIFT))

enum hk_place {
	HK_BEST_FIT,
	HK_ROOM_TO_GROW, /* where much is free behind the run */
};

static inline struct hk_superslab *hk_superslab_at(uint32_t number)
{
	return hk_superslab_map[number / HK_GRANULES];
}

static inline struct hk_run *hk_run_at(uint32_t number)
{
	return &hk_superslab_at(number)->run[number % HK_GRANULES];
}

static inline char *hk_address_of(uint32_t number)
{
	return hk_granule_at(hk_superslab_at(number), number % HK_GRANULES);
}

static inline uint32_t hk_number_of(const void *p)
{
	return (uint32_t)hk_map_index(p);
}

/* Whether the heap has a free granule of that number at that address. */
bool hk_is_free_at(const char *address, uint32_t number);

/* Splits granules in a row by SuperSlab, and calls `each` for each part. */
static inline __attribute__((always_inline)) void hk_for_parts(uint32_t first, size_t count,
	void (*each)(struct hk_superslab *superslab, uint64_t part, void *context), void *context)
{
	while (count > 0) {
		unsigned granule = first % HK_GRANULES;
		unsigned here = HK_GRANULES - granule;

		if (here > count)
			here = (unsigned)count;
		each(hk_superslab_at(first), hk_granule_mask(granule, here), context);
		first += here;
		count -= here;
	}
}

struct hk_counts {
	size_t dirty, purgeable; /* granules */
};

struct hk_counts hk_count_granules(uint32_t first, size_t count);

/*
 * Granules that are not in a run become free, in one run with their neighbours. `purgeable` of them
 * can be purged. Returns the first granule of the run.
 */
uint32_t hk_free_add(uint32_t first, size_t count, size_t purgeable);

/* Takes a part out of the free run that starts at `run`. */
void hk_free_carve(uint32_t run, uint32_t first, size_t count);

/* The free run where `count` granules fit best, dirty ones first; or HK_NO_GRANULE. */
uint32_t hk_free_find(size_t count, enum hk_place place);

/* One of the longest free runs with purgeable granules; or HK_NO_GRANULE. */
uint32_t hk_free_longest_purgeable(void);

/*
 * Calls `visit` for each free run of at least `count` granules; `visit` may take that run apart.
 * Returns whether `visit` returned true for any run.
 */
bool hk_free_for_each(size_t count, bool (*visit)(uint32_t run, void *context), void *context);

#endif
