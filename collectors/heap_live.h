/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sampled blocks that the target has not released yet, by process and address. Not thread-safe. */
#ifndef SOAK_HEAP_LIVE_H
#define SOAK_HEAP_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What one sampled block stands for. All three are estimates without bias (D. G. Horvitz and D. J.
 * Thompson, J. Am. Stat. Assoc. 47, 1952): a block that was sampled with probability p counts 1 / p
 * times, and adds (held / p)^2 (1 - p) to the variance of the sum of bytes.
 */
struct heap_weight {
	double bytes, blocks, variance;
};

/* Of a block of `size` bytes, whose allocator rounds it up to `held`: p = 1 - exp(-size / mean). */
struct heap_weight heap_weight_of(uint64_t size, uint64_t held, uint64_t mean);

struct heap_block {
	uint64_t address; /* 0: free place */
	uint32_t process, stack;
	struct heap_weight weight;
};

struct heap_live {
	struct heap_block *places;
	size_t count, room; /* room: 0 or a power of two */
};

void heap_live_release(struct heap_live *live);

/* Takes the place of what was there. False when memory is short. */
bool heap_live_add(struct heap_live *live, const struct heap_block *block);

/* False: there is no such block. */
bool heap_live_remove(
	struct heap_live *live, uint32_t process, uint64_t address, struct heap_block *ret_block);

/* Removes all blocks of a process, and calls `gone` for each. */
void heap_live_remove_all(struct heap_live *live, uint32_t process,
	void (*gone)(void *context, const struct heap_block *block), void *context);

/* Adds to process `child` all that `parent` has, and calls `born` for each. */
bool heap_live_inherit(struct heap_live *live, uint32_t parent, uint32_t child,
	void (*born)(void *context, const struct heap_block *block), void *context);

#endif
