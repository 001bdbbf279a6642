/* SPDX-License-Identifier: MIT */
/*
 * Sparse slabs: few of their blocks are in use, spread so that no granule becomes free. A slab is
 * thin if seven eighths of its blocks are free. When thin slabs amount to more than half of the
 * memory that may be retained, and to three quarters of the least that may, their pages without a
 * block in use are given back. Such a slab is thin again only when half of its remaining blocks are
 * free as well. Fuller slabs are left alone: steady programs have many, and want their pages again.
 *
 * A page that was given back has lost the marks of its free blocks. So the granule map has
 * HK_SPARSE for such a slab. The bin of HK_SPARSE takes no block, so each free() asks the bitmap.
 */
#ifndef SRC_SPARSE_H
#define SRC_SPARSE_H

#include "src/classes.h"
#include "src/slab.h"

#include <stdbool.h>
#include <stddef.h>

extern size_t hk_sparse_thin; /* slabs */

/* How many free blocks make a slab thin. A slab of few blocks needs all, so it never is. */
static inline uint16_t hk_sparse_thin_at(unsigned class)
{
	return (uint16_t)((hk_classes[class].blocks * 7u + 7) / 8);
}

/* The slab has thin_at free blocks or more. Its depot's lock is held. */
static inline void hk_sparse_thinned(struct hk_slab *slab)
{
	if (!slab->thin)
		__atomic_fetch_add(&hk_sparse_thin, 1, __ATOMIC_RELAXED);
	slab->thin = 1;
}

/* The slab is not thin, or not a slab any more. Its depot's lock is held. */
static inline void hk_sparse_thickened(struct hk_slab *slab)
{
	if (slab->thin)
		__atomic_fetch_sub(&hk_sparse_thin, 1, __ATOMIC_RELAXED);
	slab->thin = 0;
	slab->thin_at = hk_sparse_thin_at(slab->class);
}

/* Enough slabs are thin to be worth purging. Any lock may be held, or none. */
bool hk_sparse_is_due(void);

/*
 * Call it after blocks went back to slabs, or by the clock. No lock is held. Cheap if there is
 * nothing to do; otherwise does part of the work, some hundred microseconds.
 */
void hk_sparse_check(bool by_clock);

/* Gives back every page of any slab in which no block is in use. Returns the bytes. */
size_t hk_sparse_purge_all(void);

#endif
