/* SPDX-License-Identifier: MIT */
/*
 * Size classes. 1 to 64 are the multiples of 16 bytes up to 1 KiB; 65 to 112 divide each doubling
 * from there to 64 KiB into 8, so that at most an eighth is lost to rounding. Class 0 has no size:
 * its bin stays empty, so malloc(0) and sizes near SIZE_MAX, which end up there, take the slow
 * path.
 */
#ifndef SRC_CLASSES_H
#define SRC_CLASSES_H

#include <stddef.h>
#include <stdint.h>

#define HK_SMALL_MAX ((size_t)1024)
#define HK_MEDIUM_MAX ((size_t)65536)
#define HK_SMALL_CLASSES 64
#define HK_CLASSES 113

/* Entries of the granule map that are not classes of a slab. Their bins stay empty. */
enum {
	HK_LARGE = HK_CLASSES, /* the first granule of a large block */
	HK_HEADER,             /* the headers of a SuperSlab's slabs */
	HK_SPARSE,             /* a slab that gave pages back, and lost their marks: sparse.h */
	HK_BINS
};

struct hk_class {
	uint32_t size;

	/*
	 * An offset below 2^16 is the start of a block if and only if
	 * (uint32_t)(offset * inverse) < inverse; then (offset * inverse) >> 32 is its index.
	 * With ceil(2^32 / size) this holds for all multiples of size (Lemire, Kaser and Kurz,
	 * "Faster remainder by direct computation", 2019). The inverse here is the smallest one
	 * with which the left-over bytes at the end of a slab are not taken for a block. One odd
	 * offset passes: the byte before that end, with a wrong index. tests/ try all offsets.
	 */
	uint32_t inverse;

	uint16_t blocks; /* in a slab */

	/* In blocks: the first and the highest capacity of a bin, the stock's, and a carve. */
	uint16_t last_capacity, stock;
	uint8_t first_capacity, carve;
};

#define HK_CAPACITY_MAX 512
#define HK_STOCK_MAX 2048
#define HK_CARVE_MAX 64

extern const struct hk_class hk_classes[HK_CLASSES] __attribute__((visibility("hidden")));

/* Indexed by the size in units of 128 bytes, rounded up; from 9 on. */
extern const uint8_t hk_medium_classes[HK_MEDIUM_MAX / 128 + 1]
	__attribute__((visibility("hidden")));

/* The class of the smallest blocks with room for `size`, HK_SMALL_MAX + 1 to HK_MEDIUM_MAX. */
static inline unsigned hk_medium_class(size_t size)
{
	return hk_medium_classes[(size + 127) / 128];
}

static inline unsigned hk_class_of(size_t size)
{
	return size <= HK_SMALL_MAX ? (unsigned)((size + 15) / 16) : hk_medium_class(size);
}

#endif
