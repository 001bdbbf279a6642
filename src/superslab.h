/* SPDX-License-Identifier: MIT */
/*
 * SuperSlabs: 4 MiB of address space each, aligned, divided into a header and 63 granules that are
 * taken and given back in runs. The heap is all of them together, under one lock.
 *
 * A granule is free or in use, and clean (no memory behind it; reads as zeros) or dirty. The masks
 * of the header are the truth about that; the counts in the heap follow them.
 */
#ifndef SRC_SUPERSLAB_H
#define SRC_SUPERSLAB_H

#include "src/layout.h"
#include "src/lock.h"
#include "src/slab.h"

#include <stdbool.h>

struct hk_superslab {
	struct hk_superslab *next, **link; /* the list of those with as long a free run */
	struct hk_superslab *next_retaining, **retaining_link; /* in order of time, or NULL */

	uint64_t free;  /* bit g: granule g is free. Bit 0, the header, never is */
	uint64_t dirty; /* bit g: granule g may have memory behind it */

	/* For a huge block, which has a header of this kind for itself; else 0 and NULL. */
	size_t huge_bytes; /* of the mapping, this header included */
	void *huge_block;

	bool huge_pages;          /* collapsed; until the first purge */
	bool fragmented;          /* was purged in part: never collapsed (again) */
	uint8_t run[HK_GRANULES]; /* granules of the large block that starts there */
	struct hk_slab slab[HK_GRANULES];

	/* 1: free. By slab; on pages of their own, touched as slabs come into being. */
	uint64_t bits[HK_GRANULES][HK_SLAB_WORDS] __attribute__((aligned(4096)));
};

_Static_assert(sizeof(struct hk_superslab) <= HK_GRANULE, "the header fits its granule");

struct hk_heap {
	struct hk_lock lock;
	struct hk_superslab *by_run[6]; /* longest free run: 1, 2-3, 4-7, 8-15, 16-31, 32-63 */
	struct hk_superslab *full;
	struct hk_superslab *retaining, **retaining_end; /* those with free dirty granules */
	uintptr_t cursor; /* mappings are asked for below this, as high as there is room */

	/* In granules. */
	size_t in_use;      /* with those of huge blocks */
	size_t peak;        /* of in_use, lately */
	size_t retained;    /* free and dirty */
	size_t dirty;       /* all that is dirty, in use or free */
	size_t clean_pages; /* of sparse slabs, in dirty granules */
	size_t limit_bytes; /* what may be retained, for those who do not hold the lock */

	struct hk_purging {
		size_t limit;  /* more than this is never retained */
		size_t low;    /* least retained since the clock was last looked at */
		size_t purged; /* since then */
		uint64_t looked_ms;
		uint64_t collapsed_ms; /* when dense SuperSlabs were last looked for */
	} purging;
};

extern struct hk_heap hk_heap;

/* The header of what p lies in; p was found in the granule map, and not as a header. */
static inline struct hk_superslab *hk_superslab_of(const void *p)
{
	return (struct hk_superslab *)(((uintptr_t)p - 1) & ~(HK_SUPERSLAB - 1));
}

static inline unsigned hk_granule_of(const void *p)
{
	return (unsigned)((uintptr_t)p >> HK_GRANULE_SHIFT) % HK_GRANULES;
}

static inline void *hk_granule_at(struct hk_superslab *superslab, unsigned granule)
{
	return (char *)superslab + ((size_t)granule << HK_GRANULE_SHIFT);
}

static inline struct hk_superslab *hk_superslab_of_slab(const struct hk_slab *slab)
{
	return (struct hk_superslab *)((uintptr_t)slab & ~(HK_SUPERSLAB - 1));
}

static inline unsigned hk_granule_of_slab(const struct hk_slab *slab)
{
	return (unsigned)(slab - hk_superslab_of_slab(slab)->slab);
}

static inline uint64_t hk_run_mask(unsigned granule, unsigned count)
{
	return (~(uint64_t)0 >> (HK_GRANULES - count)) << granule;
}

/*
 * A run of `count` granules, 1 to 32, in use from now on; NULL without memory. *ret_clean tells
 * whether it reads as zeros. What stands there is for the caller to enter into the granule map.
 */
void *hk_heap_take(unsigned count, bool *ret_clean);

/* Gives a run back; the caller has removed it from the granule map. */
void hk_heap_give(void *start, unsigned count);

/* Makes a run longer, if what follows it is free, or shorter. */
bool hk_heap_resize(void *start, unsigned count, unsigned new_count);

/*
 * A mapping for a SuperSlab or a huge block of any size: it starts at a multiple of HK_SUPERSLAB
 * and is entered into the map of SuperSlabs. NULL without memory; false if the kernel refuses to
 * unmap. The heap's lock is held.
 */
void *hk_heap_map(size_t bytes);
bool hk_heap_unmap(void *start, size_t bytes);

/* Parts of it will be given back: no huge pages any more. The heap's lock is held. */
void hk_superslab_fragment(struct hk_superslab *superslab);

/* Pages of slabs became clean, or dirty again (negative). Any lock may be held, or none. */
void hk_heap_count_clean(long pages);

/* Unmaps a SuperSlab that is wholly free. False if the kernel refuses. The heap's lock is held. */
bool hk_superslab_unmap(struct hk_superslab *superslab);

/* To be called when the masks have changed: puts it into the lists it belongs in. Lock held. */
void hk_superslab_list(struct hk_superslab *superslab);

/* The same, and if it still retains memory, as the last that does. */
void hk_superslab_relist(struct hk_superslab *superslab);

/* Writes the heap's figures to hak_counters. The heap's lock is held. */
void hk_heap_publish(void);

#endif
