/* SPDX-License-Identifier: MIT */
/* The heap's mappings, and the descriptors of the SuperSlabs in them. */
#include "src/superslab.h"
#include "src/counters.h"
#include "src/map.h"
#include "src/names.h"
#include "src/os.h"
#include "src/purge.h"

/* How far below the library the heap begins: room to grow before it meets what is there. */
#define ROOM_ABOVE ((uintptr_t)64 << 30)

/* A mapping is a quarter of the heap, within these limits: a heap that grows maps seldom. */
#define GROWTH_SHARE 4
#define GROWTH_MOST ((size_t)256 << 20)

/* Indices of granules do not wrap within a mapping. */
#define WRAP ((uintptr_t)1 << HK_MAP_BITS)

struct hk_heap hk_heap;

/* Descriptors that are in no use. Those of a small program need no mapping. */
static struct hk_superslab first_descriptors[8];
static struct hk_superslab *spare;
static size_t handed_out;

void hk_heap_publish(void)
{
	HK_ASSERT(hk_holds(&hk_heap.lock));
	__atomic_store_n(&hk_heap.slack_bytes, hk_purge_slack(), __ATOMIC_RELAXED);
	hk_counter_set(&hak_counters.retained_bytes, hk_heap.retained << HK_GRANULE_SHIFT);
	if (hk_counter(&hak_counters.retained_peak) < hk_heap.retained << HK_GRANULE_SHIFT)
		hk_counter_set(&hak_counters.retained_peak, hk_heap.retained << HK_GRANULE_SHIFT);
	hk_counter_set(&hak_counters.committed_bytes,
		(hk_heap.dirty << HK_GRANULE_SHIFT) -
			__atomic_load_n(&hk_heap.clean_pages, __ATOMIC_RELAXED) * HK_PAGE);
}

void hk_heap_count_clean(long pages)
{
	if (pages == 0)
		return;
	__atomic_fetch_add(&hk_heap.clean_pages, (size_t)pages, __ATOMIC_RELAXED);
	hk_uncount(&hak_counters.committed_bytes, (uint64_t)pages * HK_PAGE);
}

void hk_superslab_fragment(struct hk_superslab *superslab)
{
	HK_ASSERT(hk_holds(&hk_heap.lock));
	if (superslab->huge_halves > 0) /* or khugepaged would fill the holes again */
		hk_os_advise(superslab->start, HK_SUPERSLAB, HK_OS_NO_HUGE);
	superslab->huge_halves = 0;
	superslab->fragmented = true;
}

/* ---- descriptors ----------------------------------------------------------------------------- */

static bool more_descriptors(void)
{
	size_t count = sizeof(first_descriptors) / sizeof(first_descriptors[0]);
	struct hk_superslab *descriptors = first_descriptors;

	if (handed_out > 0) {
		descriptors = hk_names_map_pool();
		count = HK_POOL_BYTES / sizeof(*descriptors);
		hk_heap.descriptor_bytes += descriptors ? HK_POOL_BYTES : 0;
	}
	if (!descriptors)
		return false;
	handed_out += count;
	for (size_t i = 0; i < count; i++) {
		descriptors[i].next = spare;
		spare = &descriptors[i];
	}
	return true;
}

static void release_descriptors(char *start, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct hk_superslab **entry = hk_superslab_entry(start + i * HK_SUPERSLAB);
		struct hk_superslab *superslab = *entry;

		if (superslab->previous)
			superslab->previous->next = superslab->next;
		else
			hk_heap.all = superslab->next;
		if (superslab->next)
			superslab->next->previous = superslab->previous;
		superslab->next = spare;
		spare = superslab;
		__atomic_store_n(entry, NULL, __ATOMIC_RELAXED);
	}
}

/* `start` of a descriptor is written last: hk_is_ours() may be asked about it at any time. */
static bool enter_descriptors(char *start, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *at = start + i * HK_SUPERSLAB;
		struct hk_superslab *superslab;

		if (!spare && !more_descriptors()) {
			release_descriptors(start, i);
			return false;
		}
		superslab = spare;
		spare = superslab->next;
		superslab->slabs = NULL;
		superslab->slab_count = 0;
		superslab->huge_halves = 0;
		superslab->fragmented = false;
		superslab->free = superslab->dirty = superslab->stuck = 0;
		superslab->previous = NULL;
		superslab->next = hk_heap.all;
		if (hk_heap.all)
			hk_heap.all->previous = superslab;
		hk_heap.all = superslab;
		__atomic_store_n(&superslab->start, at, __ATOMIC_RELAXED);
		__atomic_store_n(hk_superslab_entry(at), superslab, __ATOMIC_RELEASE);
	}
	return true;
}

/* ---- mappings -------------------------------------------------------------------------------- */

static bool is_usable(uintptr_t start, size_t bytes)
{
	if (start % HK_SUPERSLAB != 0 || bytes > WRAP || start / WRAP != (start + bytes - 1) / WRAP)
		return false;
	for (size_t at = 0; at < bytes; at += HK_SUPERSLAB)
		if (hk_superslab_of((void *)(start + at)))
			return false;
	return true;
}

/* Where the heap would best go on: after its last mapping. */
static uintptr_t next_place(size_t bytes)
{
	uintptr_t library = (uintptr_t)&hk_heap & ~(HK_SUPERSLAB - 1);

	if (hk_heap.end == 0 && library > 2 * ROOM_ABOVE)
		hk_heap.end = library - ROOM_ABOVE;
	if (hk_heap.end == 0 || !is_usable(hk_heap.end, bytes))
		return 0;
	return hk_heap.end;
}

/* Anywhere: maps more than is needed, and gives back what is before and after the aligned part. */
static char *map_anywhere(size_t bytes)
{
	size_t room = bytes + HK_SUPERSLAB - hk_os_page(), before;
	char *start;

	if (room < bytes)
		return NULL;
	hk_count(&hak_counters.fallback_mmap, hk_heap.mapped > 0);
	start = hk_os_map(NULL, room, false);
	if (!start)
		return NULL;
	before = -(uintptr_t)start % HK_SUPERSLAB;
	if (before > 0)
		hk_os_unmap(start, before);
	if (room - before > bytes)
		hk_os_unmap(start + before + bytes, room - before - bytes);
	start += before;
	if (is_usable((uintptr_t)start, bytes))
		return start;
	hk_os_unmap(start, bytes);
	return NULL;
}

static char *map_somewhere(size_t bytes)
{
	uintptr_t place = next_place(bytes);
	char *start = NULL;

	if (place) {
		if (hk_superslab_of((void *)(place - 1)) &&
			hk_names_extend_heap((void *)place, bytes))
			return (char *)place;
		start = hk_os_map((void *)place, bytes, false);
		if (!start) /* not for want of this place */
			return NULL;
		if (!is_usable((uintptr_t)start, bytes)) {
			hk_os_unmap(start, bytes);
			start = NULL;
		}
	}
	return start ? start : map_anywhere(bytes);
}

static char *map(size_t superslabs)
{
	size_t bytes = superslabs << HK_SUPERSLAB_SHIFT;
	char *start = map_somewhere(bytes);

	if (!start)
		return NULL;
	if (!enter_descriptors(start, superslabs)) {
		hk_os_unmap(start, bytes);
		return NULL;
	}
	hk_os_advise(start, bytes, HK_OS_NO_HUGE);
	hk_heap.end = (uintptr_t)start + bytes;
	hk_heap.mapped += superslabs * HK_GRANULES;
	hk_count(&hak_counters.alloc, superslabs);
	hk_count(&hak_counters.superslabs, superslabs);
	return start;
}

char *hk_superslabs_map(size_t granules, size_t *ret_count)
{
	size_t least = (granules + HK_GRANULES - 1) / HK_GRANULES;
	size_t count = hk_heap.mapped / GROWTH_SHARE / HK_GRANULES;
	char *start;

	HK_ASSERT(hk_holds(&hk_heap.lock));
	if (least > WRAP >> HK_SUPERSLAB_SHIFT)
		return NULL;
	if (count > GROWTH_MOST >> HK_SUPERSLAB_SHIFT)
		count = GROWTH_MOST >> HK_SUPERSLAB_SHIFT;
	if (count < least)
		count = least;
	start = map(count);
	if (!start && count > least)
		start = map(count = least);
	*ret_count = count * HK_GRANULES;
	return start;
}

bool hk_superslabs_unmap(char *start, size_t count)
{
	HK_ASSERT(hk_holds(&hk_heap.lock));
	if (!hk_os_unmap(start, count << HK_SUPERSLAB_SHIFT))
		return false;
	release_descriptors(start, count);
	hk_heap.mapped -= count * HK_GRANULES;
	hk_uncount(&hak_counters.superslabs, count);
	if ((uintptr_t)start + (count << HK_SUPERSLAB_SHIFT) == hk_heap.end)
		hk_heap.end = (uintptr_t)start;
	return true;
}
