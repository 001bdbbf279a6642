/* SPDX-License-Identifier: MIT */
/*
 * Size classes. 1 to 64 are the multiples of 16 bytes up to 1 KiB; 65 to 112 divide each doubling
 * from there to 64 KiB into 8, so that at most an eighth is lost to rounding. Class 0 is no size:
 * its bin stays empty, and what ends up there (malloc(0), sizes near SIZE_MAX) goes the slow way.
 */
#ifndef SRC_CLASSES_H
#define SRC_CLASSES_H

#include <stddef.h>
#include <stdint.h>

#define HK_SMALL_MAX ((size_t)1024)
#define HK_MEDIUM_MAX ((size_t)65536)
#define HK_SMALL_CLASSES 64
#define HK_CLASSES 113

/* What the granule map has for a granule that is no slab. Their bins stay empty like that of 0. */
enum {
	HK_LARGE = HK_CLASSES, /* the first of a large block */
	HK_HEADER,             /* what is known of a SuperSlab's slabs */
	HK_SPARSE,             /* a slab with pages that were given back, marks and all: sparse.h */
	HK_BINS
};

struct hk_class {
	uint32_t size;

	/*
	 * An offset below 2^16 is that of a block if and only if
	 * (uint32_t)(offset * inverse) < inverse, and then (offset * inverse) >> 32 is its index.
	 * With ceil(2^32 / size) that is so for all multiples of size (Lemire, Kaser and Kurz,
	 * "Faster remainder by direct computation", 2019). This one is the least by which what is
	 * left over at the end of a slab is not taken for a block. One odd offset passes: the byte
	 * before that end, whose index is wrong. tests/ try all.
	 */
	uint32_t inverse;

	uint16_t blocks; /* in a slab */

	/* In blocks: a bin's capacity at first and at most, the stock, and a carve. */
	uint16_t last_capacity, stock;
	uint8_t first_capacity, carve;
};

#define HK_CAPACITY_MAX 512
#define HK_STOCK_MAX 2048
#define HK_CARVE_MAX 64

extern const struct hk_class hk_classes[HK_CLASSES] __attribute__((visibility("hidden")));

/* By size in 128 bytes, rounded up; from 9 on. */
extern const uint8_t hk_medium_classes[HK_MEDIUM_MAX / 128 + 1]
	__attribute__((visibility("hidden")));

/* The class whose blocks are the smallest of at least `size`, HK_SMALL_MAX + 1 to HK_MEDIUM_MAX. */
static inline unsigned hk_medium_class(size_t size)
{
	return hk_medium_classes[(size + 127) / 128];
}

static inline unsigned hk_class_of(size_t size)
{
	return size <= HK_SMALL_MAX ? (unsigned)((size + 15) / 16) : hk_medium_class(size);
}

#endif
