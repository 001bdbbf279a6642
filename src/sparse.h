/* SPDX-License-Identifier: MIT */
/*
 * Sparse slabs: few of their blocks are in use, spread so that no granule becomes free. A slab of
 * which seven eighths are free is thin. When thin slabs amount to more than half of what may be
 * retained, and to three quarters of the least that may, the pages in which no block is in use are
 * given back, and each is thin again only when half of the blocks that were left are free as well.
 * Slabs that are fuller are left alone: steady programs have many such, and want their pages again.
 *
 * A page that was given back has lost the marks of its free blocks. So the granule map has
 * HK_SPARSE for such a slab, whose bin takes nothing: each free() there asks the bitmap.
 */
#ifndef SRC_SPARSE_H
#define SRC_SPARSE_H

#include "src/classes.h"
#include "src/slab.h"

#include <stdbool.h>
#include <stddef.h>

extern size_t hk_sparse_thin; /* slabs */

/* How many free blocks make a slab thin; all of them, and so none, in one of few blocks. */
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

/* It is not thin, or no slab any more. Its depot's lock is held. */
static inline void hk_sparse_thickened(struct hk_slab *slab)
{
	if (slab->thin)
		__atomic_fetch_sub(&hk_sparse_thin, 1, __ATOMIC_RELAXED);
	slab->thin = 0;
	slab->thin_at = hk_sparse_thin_at(slab->class);
}

/* Slabs are thin to an amount that is worth purging. Any lock may be held, or none. */
bool hk_sparse_is_due(void);

/*
 * After blocks went back to slabs, or by the clock. No lock is held. Cheap if nothing is to do; if
 * there is, it does a part of it, some hundred microseconds.
 */
void hk_sparse_check(bool by_clock);

/* Gives back every page of any slab in which no block is in use; returns how many bytes. */
size_t hk_sparse_purge_all(void);

#endif
