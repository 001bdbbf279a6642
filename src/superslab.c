/* SPDX-License-Identifier: MIT */
/* Runs of granules, and the mappings that they come from. */
#include "src/superslab.h"
#include "src/counters.h"
#include "src/os.h"
#include "src/purge.h"
#include "src/map.h"

struct hk_heap hk_heap;

unsigned hk_map_sparse_class(const void *p)
{
	return __atomic_load_n(&hk_superslab_of(p)->slab[hk_granule_of(p)].class, __ATOMIC_RELAXED);
}

/* Bit g of the result: granules g to g + count - 1 are all in the mask. */
static uint64_t starts_of_runs(uint64_t mask, unsigned count)
{
	unsigned have = 1;

	while (have < count) {
		unsigned more = have <= count - have ? have : count - have;

		mask &= mask >> more;
		have += more;
	}
	return mask;
}

static unsigned longest_run(uint64_t mask)
{
	unsigned length = 0;

	for (; mask; mask &= mask << 1)
		length++;
	return length;
}

static unsigned log2_of(unsigned value)
{
	return 31 - (unsigned)__builtin_clz(value);
}

static void unlist(struct hk_superslab *superslab)
{
	if (!superslab->link)
		return;
	*superslab->link = superslab->next;
	if (superslab->next)
		superslab->next->link = superslab->link;
	superslab->link = NULL;
}

static void unlist_retaining(struct hk_superslab *superslab)
{
	if (!superslab->retaining_link)
		return;
	*superslab->retaining_link = superslab->next_retaining;
	if (superslab->next_retaining)
		superslab->next_retaining->retaining_link = superslab->retaining_link;
	else
		hk_heap.retaining_end = superslab->retaining_link;
	superslab->retaining_link = NULL;
}

static void list_retaining(struct hk_superslab *superslab)
{
	if (superslab->retaining_link)
		return;
	if (!hk_heap.retaining_end)
		hk_heap.retaining_end = &hk_heap.retaining;
	superslab->next_retaining = NULL;
	superslab->retaining_link = hk_heap.retaining_end;
	*hk_heap.retaining_end = superslab;
	hk_heap.retaining_end = &superslab->next_retaining;
}

void hk_superslab_list(struct hk_superslab *superslab)
{
	struct hk_superslab **list = &hk_heap.full;

	if (superslab->free)
		list = &hk_heap.by_run[log2_of(longest_run(superslab->free))];
	if (superslab->link != list) { /* else it is where it belongs, in front */
		unlist(superslab);
		superslab->next = *list;
		if (*list)
			(*list)->link = &superslab->next;
		superslab->link = list;
		*list = superslab;
	}
	if (superslab->free & superslab->dirty)
		list_retaining(superslab);
	else
		unlist_retaining(superslab);
}

void hk_superslab_relist(struct hk_superslab *superslab)
{
	unlist_retaining(superslab);
	hk_superslab_list(superslab);
}

void hk_heap_publish(void)
{
	__atomic_store_n(&hk_heap.limit_bytes, hk_purge_limit(), __ATOMIC_RELAXED);
	hk_counter_set(&hak_counters.retained_bytes, hk_heap.retained << HK_GRANULE_SHIFT);
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
	if (superslab->huge_pages) /* or khugepaged would fill the holes again */
		hk_os_advise(superslab, HK_SUPERSLAB, HK_OS_NO_HUGE);
	superslab->huge_pages = false;
	superslab->fragmented = true;
}

/* ---- mappings -------------------------------------------------------------------------------- */

/* The highest place below the cursor where nothing of ours is; 0 if there is none. */
static uintptr_t find_place(size_t bytes)
{
	uintptr_t room = hk_round_up(bytes, HK_SUPERSLAB), place = hk_heap.cursor;

	while (place > room + HK_SUPERSLAB) {
		place -= HK_SUPERSLAB;
		if (!hk_map_is_taken((void *)(place + HK_SUPERSLAB - room), room))
			return place + HK_SUPERSLAB - room;
	}
	return 0;
}

/* Maps more than is needed, and gives back what is before and after the aligned part. */
static void *map_with_room(size_t bytes)
{
	size_t room = bytes + HK_SUPERSLAB - hk_os_page(), before;
	char *start;

	if (room < bytes)
		return NULL;
	hk_count(&hak_counters.fallback_mmap, hk_heap.cursor != 0);
	start = hk_os_map(NULL, room, false);
	if (!start)
		return NULL;
	before = -(uintptr_t)start % HK_SUPERSLAB;
	if (before > 0)
		hk_os_unmap(start, before);
	if (room - before > bytes)
		hk_os_unmap(start + before + bytes, room - before - bytes);
	return start + before;
}

/* Enters a mapping, if it is where we can use it; else it is gone. */
static void *enter(void *start, size_t bytes)
{
	if (!start || ((uintptr_t)start % HK_SUPERSLAB == 0 && hk_map_enter(start, bytes)))
		return start;
	hk_os_unmap(start, bytes);
	return NULL;
}

static void *try_map(size_t bytes)
{
	uintptr_t place = hk_heap.cursor ? find_place(bytes) : 0;
	void *start = NULL;

	if (place) {
		start = hk_os_map((void *)place, bytes, false);
		if (!start)
			return NULL;
		start = enter(start, bytes);
	}
	if (!start)
		start = enter(map_with_room(bytes), bytes);
	if (start)
		hk_heap.cursor = (uintptr_t)start;
	return start;
}

void *hk_heap_map(size_t bytes)
{
	void *start = try_map(bytes);

	if (!start && hk_heap.retained > 0) { /* address space, or memory, may be all used up */
		hk_purge_now();
		start = try_map(bytes);
	}
	return start;
}
bool hk_heap_unmap(void *start, size_t bytes)
{
	uintptr_t end = hk_round_up((uintptr_t)start + bytes, HK_SUPERSLAB);

	hk_map_remove(start, bytes);
	if (!hk_os_unmap(start, bytes)) {
		hk_map_enter(start, bytes);
		return false;
	}
	if (end > hk_heap.cursor)
		hk_heap.cursor = end;
	return true;
}

static struct hk_superslab *map_superslab(void)
{
	struct hk_superslab *superslab = hk_heap_map(HK_SUPERSLAB);

	if (!superslab)
		return NULL;
	hk_os_advise(superslab, HK_SUPERSLAB, HK_OS_NO_HUGE);
	hk_count(&hak_counters.alloc, 1);
	hk_count(&hak_counters.superslabs, 1);
	superslab->free = ~(uint64_t)1;
	superslab->dirty = 1;
	hk_heap.dirty++;
	hk_map_set(superslab, HK_HEADER);
	hk_superslab_list(superslab);
	return superslab;
}

bool hk_superslab_unmap(struct hk_superslab *superslab)
{
	size_t retained = (size_t)__builtin_popcountll(superslab->free & superslab->dirty);

	unlist(superslab);
	unlist_retaining(superslab);
	hk_map_set(superslab, 0);
	if (!hk_heap_unmap(superslab, HK_SUPERSLAB)) {
		hk_map_set(superslab, HK_HEADER);
		hk_superslab_list(superslab);
		return false;
	}
	hk_heap.retained -= retained;
	hk_heap.dirty -= retained + 1;
	hk_uncount(&hak_counters.superslabs, 1);
	return true;
}

/* ---- runs ------------------------------------------------------------------------------------ */

static struct hk_superslab *find(unsigned count)
{
	unsigned list = log2_of(count);

	for (struct hk_superslab *s = hk_heap.by_run[list]; s; s = s->next)
		if (starts_of_runs(s->free, count))
			return s;
	while (++list < 6)
		if (hk_heap.by_run[list])
			return hk_heap.by_run[list];
	return map_superslab();
}

static void use(struct hk_superslab *superslab, uint64_t run)
{
	size_t count = (size_t)__builtin_popcountll(run);
	size_t dirty = (size_t)__builtin_popcountll(run & superslab->dirty);

	superslab->free &= ~run;
	superslab->dirty |= run;
	hk_heap.retained -= dirty;
	hk_heap.dirty += count - dirty;
	hk_heap.in_use += count;
	hk_superslab_list(superslab);
	hk_purge_note_use(count - dirty);
}

static void unuse(struct hk_superslab *superslab, uint64_t run)
{
	size_t count = (size_t)__builtin_popcountll(run);

	superslab->free |= run;
	hk_heap.retained += count;
	hk_heap.in_use -= count;
	hk_superslab_list(superslab);
	hk_purge_excess();
}

void *hk_heap_take(unsigned count, bool *ret_clean)
{
	struct hk_superslab *superslab;
	uint64_t starts, run;
	void *start = NULL;

	hk_lock(&hk_heap.lock);
	superslab = find(count);
	if (!superslab)
		goto out;
	starts = starts_of_runs(superslab->free & superslab->dirty, count);
	if (!starts)
		starts = starts_of_runs(superslab->free, count);
	start = hk_granule_at(superslab, (unsigned)__builtin_ctzll(starts));
	run = hk_run_mask(hk_granule_of(start), count);
	*ret_clean = !(run & superslab->dirty);
	superslab->run[hk_granule_of(start)] = (uint8_t)count;
	use(superslab, run);
	hk_heap_publish();
out:
	hk_unlock(&hk_heap.lock);
	return start;
}

void hk_heap_give(void *start, unsigned count)
{
	struct hk_superslab *superslab = hk_superslab_of(start);

	hk_lock(&hk_heap.lock);
	unuse(superslab, hk_run_mask(hk_granule_of(start), count));
	hk_heap_publish();
	hk_unlock(&hk_heap.lock);
}

bool hk_heap_resize(void *start, unsigned count, unsigned new_count)
{
	struct hk_superslab *superslab = hk_superslab_of(start);
	unsigned granule = hk_granule_of(start);
	bool done = true;

	if (granule + new_count > HK_GRANULES)
		return false;
	hk_lock(&hk_heap.lock);
	if (new_count > count) {
		uint64_t more = hk_run_mask(granule + count, new_count - count);

		done = (superslab->free & more) == more;
		if (done)
			use(superslab, more);
	}
	if (done)
		superslab->run[granule] = (uint8_t)new_count;
	if (new_count < count)
		unuse(superslab, hk_run_mask(granule + new_count, count - new_count));
	hk_heap_publish();
	hk_unlock(&hk_heap.lock);
	return done;
}
