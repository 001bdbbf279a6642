/* SPDX-License-Identifier: MIT */
/*
 * SuperSlabs: the heap's address space in aligned pieces of 4 MiB, each of 64 granules. The data
 * about a SuperSlab is kept outside of it, so that a run of granules may cross several neighbouring
 * SuperSlabs: runs.h. The heap is all SuperSlabs together, under one lock.
 *
 * A granule is free or in use, and clean (no memory behind it; reads as zeros) or dirty. The masks
 * here are authoritative; the counts in the heap and in runs follow them.
 */
#ifndef SRC_SUPERSLAB_H
#define SRC_SUPERSLAB_H

#include "src/layout.h"
#include "src/lock.h"
#include "src/map.h"
#include "src/slab.h"

#include <stdbool.h>

/*
 * The headers and bitmaps of a SuperSlab's slabs: one granule of the heap, taken for the first slab
 * and given back after the last. The pages of bitmaps are touched only as slabs are made.
 */
struct hk_slabs {
	struct hk_superslab *superslab;
	struct hk_slab slab[HK_GRANULES];
	uint64_t bits[HK_GRANULES][HK_SLAB_WORDS] __attribute__((aligned(4096))); /* 1: free */
};

struct hk_superslab {
	char *start;
	struct hk_slabs *slabs; /* NULL: it has no slab */
	uint32_t slab_count;
	uint8_t huge_halves; /* halves collapsed; 0 after the first purge */
	bool fragmented;     /* purged in part: is never collapsed (again) */
	uint64_t free;       /* bit g: granule g is free */
	uint64_t dirty;      /* bit g: granule g may have memory behind it */
	uint64_t stuck; /* bit g: free, dirty, and the kernel refused to take its memory back */
	struct hk_superslab *next, *previous; /* in the list of all, in no order */

	/* By granule: the free run that starts or ends there, or the large block that starts. */
	struct hk_run {
		uint32_t length;         /* at the first granule, and at the last of a free run */
		uint32_t purgeable;      /* granules; this and the rest only at a run's first one */
		uint32_t next, previous; /* in its list of free runs: free_runs.c */
	} run[HK_GRANULES];
};

struct hk_heap {
	struct hk_lock lock;
	struct hk_superslab *all;
	uintptr_t end; /* end of the last mapping; hint for the next one */

	/* In granules. */
	size_t mapped, in_use;
	size_t retained;         /* free and dirty */
	size_t dirty;            /* all dirty granules, in use or free */
	size_t clean_pages;      /* of sparse slabs, in dirty granules */
	size_t descriptor_bytes; /* mapped for descriptors */
	size_t slack_bytes;      /* may always be retained; for readers without the lock */
};

extern struct hk_heap hk_heap;

/* The SuperSlab in which p lies, which the granule map knows. */
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

/* Whether p lies in a SuperSlab of the heap. */
static inline bool hk_is_ours(const void *p)
{
	const struct hk_superslab *superslab = hk_superslab_of(p);

	return superslab && (uintptr_t)p - (uintptr_t)superslab->start < HK_SUPERSLAB;
}

/* What p's granule is: the class of a slab, HK_LARGE, HK_HEADER, or 0. */
static inline unsigned hk_map_class(const void *p)
{
	unsigned class = hk_is_ours(p) ? (unsigned)hk_map_word(p) / 2 : 0;

	if (likely(class != HK_SPARSE))
		return class;
	return __atomic_load_n(
		&hk_superslab_of(p)->slabs->slab[hk_granule_of(p)].class, __ATOMIC_RELAXED);
}

/* The slab in which p lies. */
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

/* The mask of `count` granules of a SuperSlab, from `granule` on. */
static inline uint64_t hk_granule_mask(unsigned granule, unsigned count)
{
	return (~(uint64_t)0 >> (HK_GRANULES - count)) << granule;
}

/*
 * Maps SuperSlabs for at least `granules` in a row, and some to grow into. *ret_count granules are
 * new and not in a run yet. NULL: out of memory. The heap's lock is held, here and below.
 */
char *hk_superslabs_map(size_t granules, size_t *ret_count);

/* Unmaps SuperSlabs that are free, clean and not in a run. False: the kernel refused. */
bool hk_superslabs_unmap(char *start, size_t count);

/* Parts of the SuperSlab will be given back, so it must not have huge pages any more. */
void hk_superslab_fragment(struct hk_superslab *superslab);

/* Adds clean pages of slabs; negative: they became dirty. Any lock may be held, or none. */
void hk_heap_count_clean(long pages);

/* Writes the heap's figures to hak_counters. */
void hk_heap_publish(void);

#endif
