/* SPDX-License-Identifier: MIT */
/* Gives the memory and the address space of free runs back. The heap's lock is held. */
#ifndef SRC_RECLAIM_H
#define SRC_RECLAIM_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Gives up to `want` granules of memory back, from the end of one of the longest free runs. Returns
 * their number. 0: there are none, or the kernel refused.
 */
size_t hk_reclaim(size_t want);

/* Unmaps free, clean SuperSlabs where at least `least` end a free run. False: there are none. */
bool hk_reclaim_space(size_t least);

#endif
