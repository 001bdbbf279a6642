/* SPDX-License-Identifier: MIT */
/* How the memory and the address space of free runs go back. The heap's lock is held. */
#ifndef SRC_RECLAIM_H
#define SRC_RECLAIM_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Gives up to `want` granules of memory back, of one of the longest free runs, from its end;
 * returns how many it was. 0: there are none, or the kernel refuses.
 */
size_t hk_reclaim(size_t want);

/* Unmaps SuperSlabs that are free and clean, where `least` or more end a free run; false: none. */
bool hk_reclaim_space(size_t least);

#endif
