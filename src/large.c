/* SPDX-License-Identifier: MIT */
/* Large blocks as runs of granules: allocate, free, grow in place. Called by heap.c. */
#include "src/large.h"
#include "src/counters.h"
#include "src/os.h"
#include "src/purge.h"
#include "src/runs.h"

#include <string.h>

/*
 * Fresh memory costs a page fault for every page that is copied there; moving the pages costs one
 * call. From this size on that is less.
 */
#define MOVE_FROM ((size_t)1 << 20)

static size_t granules_for(size_t size)
{
	return size / HK_GRANULE + (size % HK_GRANULE != 0);
}

#define HUGE_FROM ((size_t)33) /* granules, for hak_counters.huge_blocks */

static void count_block(size_t granules)
{
	hk_count(&hak_counters.huge_blocks, granules >= HUGE_FROM);
	hk_count(&hak_counters.in_use_bytes, granules << HK_GRANULE_SHIFT);
}

static void uncount_block(size_t granules)
{
	hk_uncount(&hak_counters.huge_blocks, granules >= HUGE_FROM);
	hk_uncount(&hak_counters.in_use_bytes, granules << HK_GRANULE_SHIFT);
}

static void recount_block(size_t old_granules, size_t granules)
{
	uncount_block(old_granules);
	count_block(granules);
}

/* Counted before it is taken: what is in use decides what is retained. */
static void *take(size_t granules, size_t align, enum hk_place place, bool *ret_clean)
{
	void *p;

	count_block(granules);
	p = hk_heap_take(granules, align, place, ret_clean);
	if (p)
		hk_map_set(p, HK_LARGE);
	else
		uncount_block(granules);
	return p;
}

static void unsettle(void *p, size_t granules)
{
	hk_map_set(p, 0);
	uncount_block(granules);
}

void *hk_large_alloc(size_t size, size_t align, bool *ret_clean)
{
	size_t count = size ? granules_for(size) : 1;

	return take(count, granules_for(align), HK_BEST_FIT, ret_clean);
}

size_t hk_large_usable(const void *p)
{
	return hk_heap_length(p) << HK_GRANULE_SHIFT;
}

void hk_large_free(void *p)
{
	size_t length = hk_heap_length(p);

	unsettle(p, length);
	hk_heap_give(p, length);
	hk_purge_tick();
}

/* Where it can grow again, since what grew once is likely to. */
static void *move(void *p, size_t length, size_t new_length)
{
	size_t bytes = length << HK_GRANULE_SHIFT;
	bool clean, moved;
	void *to = take(new_length, 1, HK_ROOM_TO_GROW, &clean);

	if (!to)
		return NULL;
	moved = clean && bytes >= MOVE_FROM && hk_os_move(p, bytes, to);
	if (!moved)
		memcpy(to, p, bytes);
	unsettle(p, length);
	if (moved)
		hk_heap_give_clean(p, length);
	else
		hk_heap_give(p, length);
	return to;
}

void *hk_large_resize(void *p, size_t size)
{
	size_t length = hk_heap_length(p), new_length = granules_for(size);

	if (new_length == length)
		return p;
	recount_block(length, new_length);
	if (hk_heap_resize(p, length, new_length))
		return p;
	recount_block(new_length, length);
	return move(p, length, new_length);
}
