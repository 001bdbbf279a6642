/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers the observer at the program's own calls. Called by libsoakops.c. */
#include <errno.h>

#include "collectors/ops/watched.h"

bool is_watched;
__thread bool watched_is_inside;

static struct next_allocator below;

/* Returns what the thread counts in otherwise. Atomic so that it happens: soakops.h. */
static struct soakops_slot *count_in(struct soakops_slot *slot)
{
	struct soakops_slot *before = soakops_mine;

	__atomic_store_n(&soakops_mine, slot, __ATOMIC_RELAXED);
	return before;
}

void watched_answer(void)
{
	struct soakops_slot mute = {0}, *slot = count_in(&mute);
	int saved = errno;

	heap_reader_answer(); /* what the allocator calls in turn is not the program's */
	count_in(slot);
	errno = saved;
}

WATCHED(malloc_watched, (size_t size), below.malloc(size))
WATCHED(calloc_watched, (size_t n, size_t size), below.calloc(n, size))
WATCHED(realloc_watched, (void *block, size_t size), below.realloc(block, size))

static void free_watched(void *block)
{
	INSIDE;
	below.free(block);
}

void watched_begin(struct soakops_page *page, struct next_allocator *next)
{
	struct soakops_slot mute = {0}, *slot = count_in(&mute);

	heap_reader_open(heap_page_of(page), (const void *)next->malloc);
	either_libc_atfork(NULL, NULL, heap_reader_forked);
	count_in(slot);
	below = *next;
	next->malloc = malloc_watched;
	next->calloc = calloc_watched;
	next->realloc = realloc_watched;
	next->free = free_watched;
	is_watched = true;
	watched_answer();
}
