/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A little memory for libsoakops.so, for allocations of dlsym() itself while the next allocator is
 * being looked up. No byte is used twice, so blocks are zero. Not thread-safe: only one thread
 * exists at that time.
 */
#ifndef SOAK_OPS_ARENA_H
#define SOAK_OPS_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#define ARENA_BYTES 16384

/* NULL, with errno set, when it is used up. */
void *arena_alloc(size_t size);

bool arena_has(const void *block);

bool arena_is_used(void);

/* A copy of a block of the arena in memory that `alloc` gives; `block` NULL: nothing is copied. */
void *arena_move(void *block, size_t size, void *(*alloc)(size_t));

#endif
