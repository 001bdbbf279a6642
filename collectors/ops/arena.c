/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Serves the allocations of dlsym() before the next malloc is known. Called by libsoakops.c. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "collectors/ops/arena.h"

/* Volatile because libc declares dlsym a leaf: it promises that dlsym does not come here. */
static _Alignas(16) char arena[ARENA_BYTES];
static volatile size_t arena_used;

void *arena_alloc(size_t size)
{
	size_t need = (size + 31) & ~(size_t)15; /* 16 bytes before the block hold its size */
	char *block = arena + arena_used + 16;

	if (size > sizeof(arena) || need > sizeof(arena) - arena_used) {
		errno = ENOMEM;
		return NULL;
	}
	memcpy(block - 16, &size, sizeof(size));
	arena_used += need;
	return block;
}

bool arena_has(const void *block)
{
	return (uintptr_t)block - (uintptr_t)arena < sizeof(arena);
}

bool arena_is_used(void)
{
	return arena_used > 0;
}

void *arena_move(void *block, size_t size, void *(*alloc)(size_t))
{
	void *moved = alloc(size);
	size_t old;

	if (moved && block) {
		memcpy(&old, (char *)block - 16, sizeof(old));
		memcpy(moved, block, old < size ? old : size);
	}
	return moved;
}
