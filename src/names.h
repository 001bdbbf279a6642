/* SPDX-License-Identifier: MIT */
/*
 * Names of mappings in /proc/PID/maps. They are given at the start, before the program's own
 * sandbox may forbid the call; later mappings inherit them. A kernel that knows no names costs one
 * call at the start. The heap's lock is held for all of it.
 */
#ifndef SRC_NAMES_H
#define SRC_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#define HK_POOL_BYTES ((size_t)64 << 10) /* of descriptors, mapped at once */

/* Once, at the start: of the heap's first mapping, and of the maps of the heap. */
void hk_names_give(void *heap, size_t bytes);

/* More memory where the heap's mapping ends, under its name; false without a name, or room. */
bool hk_names_extend_heap(void *end, size_t bytes);

/* HK_POOL_BYTES of fresh memory, named if that can be; NULL if the kernel refuses. */
void *hk_names_map_pool(void);

#endif
