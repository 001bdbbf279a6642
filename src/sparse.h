/* SPDX-License-Identifier: MIT */
/*
 * Sparse slabs: few of their blocks are in use, spread so that no granule becomes free. When what
 * lies fallow in slabs has grown by half of the limit for retained memory, the pages of sparse
 * slabs in which no block is in use are given back. A slab with more than an eighth of its blocks
 * in use is left alone: steady programs have many such, and want their pages again.
 */
#ifndef SRC_SPARSE_H
#define SRC_SPARSE_H

#include <stddef.h>

/* After blocks went back to slabs; no lock is held. Cheap if there is nothing to do. */
void hk_sparse_check(void);

/* Gives back every page of any slab in which no block is in use; returns how many bytes. */
size_t hk_sparse_purge_all(void);

#endif
