/* SPDX-License-Identifier: MIT */
/*
 * SuperSlabs: the heap's address space in pieces of 4 MiB, aligned, each of 64 granules. What is
 * known of a piece is kept outside of it, so that a run of granules may lie in several neighbouring
 * ones: runs.h. The heap is all of them together, under one lock.
 *
 * A granule is free or in use, and clean (no memory behind it; reads as zeros) or dirty. The masks
 * here are the truth about that; the counts in the heap and in runs follow them.
 */
#ifndef SRC_SUPERSLAB_H
#define SRC_SUPERSLAB_H

#include "src/layout.h"
#include "src/lock.h"
#include "src/map.h"
#include "src/slab.h"

#include <stdbool.h>

/*
 * What is known of a SuperSlab's slabs: a granule of the heap, taken for the first of them and
 * given back after the last. The pages of bitmaps are touched as slabs come into being.
 */
struct hk_slabs {
	struct hk_superslab *superslab;
	struct hk_slab slab[HK_GRANULES];
	uint64_t bits[HK_GRANULES][HK_SLAB_WORDS] __attribute__((aligned(4096))); /* 1: free */
};

struct hk_superslab {
	char *start;
	struct hk_slabs *slabs; /* NULL: no slab is here */
	uint32_t slab_count;
	uint8_t huge_halves; /* collapsed; until the first purge */
	bool fragmented;     /* was purged in part: never collapsed (again) */
	uint64_t free;       /* bit g: granule g is free */
	uint64_t dirty;      /* bit g: granule g may have memory behind it */
	uint64_t stuck; /* bit g: free, dirty, and the kernel refused to take its memory back */
	struct hk_superslab *next, *previous; /* of all, in no order */

	/* Of the run of free granules that starts or ends there, or of a large block. */
	struct hk_run {
		uint32_t length;         /* at the first granule, and at the last of a free run */
		uint32_t purgeable;      /* granules of a free run; the rest is at its first only */
		uint32_t next, previous; /* free runs of that list: free_runs.c */
	} run[HK_GRANULES];
};

struct hk_heap {
	struct hk_lock lock;
	struct hk_superslab *all;
	uintptr_t end; /* of the last mapping: the next is asked for there */

	/* In granules. */
	size_t mapped, in_use;
	size_t retained;         /* free and dirty */
	size_t dirty;            /* all that is dirty, in use or free */
	size_t clean_pages;      /* of sparse slabs, in dirty granules */
	size_t descriptor_bytes; /* mapped beside the heap */
	size_t slack_bytes; /* what may always be retained, for those who do not hold the lock */
};

extern struct hk_heap hk_heap;

/* That p, which the granule map knows, lies in. */
static inline struct hk_superslab *hk_superslab_of(const void *p)
{
	return __atomic_load_n(hk_superslab_entry(p), __ATOMIC_RELAXED);
}

static inline unsigned hk_granule_of(const void *p)
{
	return (unsigned)((uintptr_t)p >> HK_GRANULE_SHIFT) % HK_GRANULES;
}

static inline void *hk_granule_at(const struct hk_superslab *superslab, unsigned granule)
{
	return superslab->start + ((size_t)granule << HK_GRANULE_SHIFT);
}

/* The 4 MiB that p lies in are mapped by the heap. */
static inline bool hk_is_ours(const void *p)
{
	const struct hk_superslab *superslab = hk_superslab_of(p);

	return superslab && (uintptr_t)p - (uintptr_t)superslab->start < HK_SUPERSLAB;
}

/* What stands in p's granule: a class, HK_LARGE, HK_HEADER, or 0. */
static inline unsigned hk_map_class(const void *p)
{
	unsigned class = hk_is_ours(p) ? (unsigned)hk_map_word(p) / 2 : 0;

	if (likely(class != HK_SPARSE))
		return class;
	return __atomic_load_n(
		&hk_superslab_of(p)->slabs->slab[hk_granule_of(p)].class, __ATOMIC_RELAXED);
}

/* p lies in a slab. */
static inline struct hk_slab *hk_slab_of(const void *p)
{
	return &hk_superslab_of(p)->slabs->slab[hk_granule_of(p)];
}

static inline struct hk_slabs *hk_slabs_of(const struct hk_slab *slab)
{
	return (struct hk_slabs *)((uintptr_t)slab & ~(HK_GRANULE - 1));
}

static inline unsigned hk_granule_of_slab(const struct hk_slab *slab)
{
	return (unsigned)(slab - hk_slabs_of(slab)->slab);
}

static inline char *hk_slab_start(const struct hk_slab *slab)
{
	return hk_granule_at(hk_slabs_of(slab)->superslab, hk_granule_of_slab(slab));
}

static inline uint64_t *hk_slab_bits(const struct hk_slab *slab)
{
	return hk_slabs_of(slab)->bits[hk_granule_of_slab(slab)];
}

/* `count` granules of a SuperSlab. */
static inline uint64_t hk_granule_mask(unsigned granule, unsigned count)
{
	return (~(uint64_t)0 >> (HK_GRANULES - count)) << granule;
}

/*
 * Maps SuperSlabs for at least `granules` in a row, and some to grow into; *ret_count granules are
 * new, and in no run yet. NULL without memory. The heap's lock is held, as for all below.
 */
char *hk_superslabs_map(size_t granules, size_t *ret_count);

/* Unmaps SuperSlabs that are free, clean and in no run. False if the kernel refuses. */
bool hk_superslabs_unmap(char *start, size_t count);

/* Parts of it will be given back: no huge pages any more. */
void hk_superslab_fragment(struct hk_superslab *superslab);

/* Pages of slabs became clean, or dirty again (negative). Any lock may be held, or none. */
void hk_heap_count_clean(long pages);

/* Writes the heap's figures to hak_counters. */
void hk_heap_publish(void);

#endif
