/* SPDX-License-Identifier: MIT */
/*
 * A slab: a granule of blocks of one class, the first at its start. The lock of its depot protects
 * it. Its bitmap, one bit for each block, says which blocks are free; blocks carry no such data.
 */
#ifndef SRC_SLAB_H
#define SRC_SLAB_H

#include "src/classes.h"
#include "src/layout.h"

#include <stdbool.h>
#include <stdint.h>

#define HK_SLAB_WORDS 64 /* of a bitmap: 4096 blocks of 16 bytes */

struct hk_slab {
	struct hk_slab *next, **link; /* in the depot's list of slabs with free blocks */
	uint16_t free;                /* blocks */
	uint16_t touched;             /* blocks from the start that were ever given out */
	uint16_t marked;              /* the same, plus blocks that have the mark: depot.c */
	uint16_t clean;     /* a bit per page: given back, and no block taken from it since */
	uint16_t thin_at;   /* how many free blocks make it thin: sparse.h */
	uint8_t thin;       /* 1: counted as thin */
	uint8_t class;      /* 0: not a slab */
	uint8_t first_word; /* words of the bitmap before this one are 0 */
	uint8_t fresh;      /* began clean: blocks never given out read as zeros */
	uint8_t warm;       /* pages from the start that were touched ahead of their blocks */
};

/* Whether p, in a slab of the class, is the start of a block; *ret_index: of which one. */
static inline bool hk_slab_index(unsigned class, const void *p, unsigned *ret_index)
{
	uint64_t product = (uint64_t)((uintptr_t)p % HK_GRANULE) * hk_classes[class].inverse;

	*ret_index = (unsigned)(product >> 32);
	return (uint32_t)product < hk_classes[class].inverse &&
	       *ret_index < hk_classes[class].blocks;
}

/* Any lock may be held, or none. */
static inline void hk_slab_set_clean(struct hk_slab *slab, unsigned pages)
{
	__atomic_store_n(&slab->clean, (uint16_t)pages, __ATOMIC_RELAXED);
}

static inline bool hk_slab_is_clean_at(const struct hk_slab *slab, const void *p)
{
	unsigned page = (unsigned)((uintptr_t)p % HK_GRANULE / HK_PAGE);

	return __atomic_load_n(&slab->clean, __ATOMIC_RELAXED) >> page & 1;
}

/* The text for a free() of a block whose bit says that it is free already. */
static inline const char *hk_slab_misuse(const struct hk_slab *slab, unsigned index)
{
	return index < __atomic_load_n(&slab->touched, __ATOMIC_RELAXED)
		       ? "free(): double free"
		       : "free(): invalid pointer";
}

#endif
