/* SPDX-License-Identifier: MIT */
/* Takes and frees runs of granules. Called by depot.c for slabs and by large.c for large blocks. */
#include "src/runs.h"
#include "src/counters.h"
#include "src/names.h"
#include "src/purge.h"
#include "src/reclaim.h"

static void use_part(struct hk_superslab *superslab, uint64_t part, void *context)
{
	(void)context;
	superslab->stuck &= ~part;
	superslab->dirty |= part;
}

static void clean_part(struct hk_superslab *superslab, uint64_t part, void *context)
{
	(void)context;
	superslab->dirty &= ~part;
}

/* ---- taking ---------------------------------------------------------------------------------- */

/* At the end of the run that has more memory already, at the lower one if both have as much. */
static uint32_t end_to_take(uint32_t run, size_t length)
{
	uint32_t high = run + hk_run_at(run)->length - (uint32_t)length;
	uint32_t purgeable = hk_run_at(run)->purgeable;

	if (purgeable == 0 || purgeable == hk_run_at(run)->length || high == run)
		return run;
	return hk_count_granules(high, length).dirty > hk_count_granules(run, length).dirty ? high
											    : run;
}

/* Returns how many of the granules may have memory. */
static size_t use(uint32_t run, uint32_t first, size_t length)
{
	size_t dirty = hk_count_granules(first, length).dirty;

	hk_free_carve(run, first, length);
	hk_for_parts(first, length, use_part, NULL);
	hk_heap.retained -= dirty;
	hk_heap.dirty += length - dirty;
	hk_heap.in_use += length;
	hk_purge_note_use(length - dirty);
	return dirty;
}

static uint32_t find_or_map(size_t length, enum hk_place place)
{
	uint32_t found = hk_free_find(length, place);
	size_t mapped;
	char *more;

	if (found != HK_NO_GRANULE)
		return found;
	more = hk_superslabs_map(length, &mapped);
	if (!more && hk_purge_now()) /* address space, or memory, may be all used up */
		more = hk_superslabs_map(length, &mapped);
	if (!more)
		return HK_NO_GRANULE;
	hk_free_add(hk_number_of(more), mapped, 0);
	return hk_free_find(length, place);
}

static void *take(size_t length, size_t align, enum hk_place place, bool *ret_clean)
{
	uint32_t run, first;

	HK_ASSERT(hk_holds(&hk_heap.lock));
	HK_ASSERT(length > 0 && align > 0 && (align & (align - 1)) == 0);
	if (length > HK_NUMBERS || align > HK_NUMBERS - length)
		return NULL;
	run = find_or_map(length + align - 1, place);
	if (run == HK_NO_GRANULE)
		return NULL;
	first = align > 1                  ? (run + (uint32_t)align - 1) & ~((uint32_t)align - 1)
		: place == HK_ROOM_TO_GROW ? run
					   : end_to_take(run, length);
	*ret_clean = use(run, first, length) == 0;
	return hk_address_of(first);
}

void *hk_heap_take(size_t length, size_t align, enum hk_place place, bool *ret_clean)
{
	void *start;

	hk_lock(&hk_heap.lock);
	start = take(length, align, place, ret_clean);
	if (start)
		hk_run_at(hk_number_of(start))->length = (uint32_t)length;
	hk_heap_publish();
	hk_unlock(&hk_heap.lock);
	return start;
}

/* ---- giving back ----------------------------------------------------------------------------- */

static void unuse(char *start, size_t length, bool clean)
{
	uint32_t first = hk_number_of(start);

	HK_ASSERT(hk_holds(&hk_heap.lock));
	if (clean) {
		hk_for_parts(first, length, clean_part, NULL);
		hk_heap.dirty -= length;
	} else {
		hk_heap.retained += length;
	}
	hk_heap.in_use -= length;
	hk_free_add(first, length, clean ? 0 : length);
}

void hk_heap_give(void *start, size_t length)
{
	hk_lock(&hk_heap.lock);
	unuse(start, length, false);
	hk_purge_excess();
	hk_heap_publish();
	hk_unlock(&hk_heap.lock);
}

void hk_heap_give_clean(void *start, size_t length)
{
	hk_lock(&hk_heap.lock);
	unuse(start, length, true);
	hk_heap_publish();
	hk_unlock(&hk_heap.lock);
}

bool hk_heap_resize(void *start, size_t length, size_t new_length)
{
	uint32_t first = hk_number_of(start), next = first + (uint32_t)length;
	char *end = (char *)start + (length << HK_GRANULE_SHIFT);
	bool done = true;

	hk_lock(&hk_heap.lock);
	if (new_length > length) {
		done = hk_is_free_at(end, next) && hk_run_at(next)->length >= new_length - length;
		if (done)
			use(next, next, new_length - length);
	}
	if (done)
		hk_run_at(first)->length = (uint32_t)new_length;
	if (new_length < length) {
		unuse((char *)start + (new_length << HK_GRANULE_SHIFT), length - new_length, false);
		hk_purge_excess();
	}
	hk_heap_publish();
	hk_unlock(&hk_heap.lock);
	return done;
}

/* ---- slabs ----------------------------------------------------------------------------------- */

_Static_assert(sizeof(struct hk_slabs) <= HK_GRANULE, "it fits a granule");

static bool prepare_for_slabs(struct hk_superslab *superslab)
{
	bool clean;

	if (superslab->slabs)
		return true;
	superslab->slabs = take(1, 1, HK_BEST_FIT, &clean);
	if (!superslab->slabs)
		return false;
	superslab->slabs->superslab = superslab;
	hk_map_set(superslab->slabs, HK_HEADER);
	return true;
}

void *hk_heap_take_slab(bool *ret_clean)
{
	struct hk_superslab *superslab;
	char *start;

	hk_lock(&hk_heap.lock);
	start = take(1, 1, HK_BEST_FIT, ret_clean);
	if (start) {
		superslab = hk_superslab_of(start);
		if (prepare_for_slabs(superslab)) {
			superslab->slab_count++;
		} else {
			unuse(start, 1, false);
			start = NULL;
		}
	}
	hk_heap_publish();
	hk_unlock(&hk_heap.lock);
	return start;
}

void hk_heap_give_slab(void *start)
{
	struct hk_superslab *superslab = hk_superslab_of(start);

	hk_lock(&hk_heap.lock);
	if (--superslab->slab_count == 0) {
		hk_map_set(superslab->slabs, 0);
		unuse((char *)superslab->slabs, 1, false);
		superslab->slabs = NULL;
	}
	unuse(start, 1, false);
	hk_purge_excess();
	hk_heap_publish();
	hk_unlock(&hk_heap.lock);
}

/* ---- start ----------------------------------------------------------------------------------- */

void hk_heap_start(void)
{
	hk_lock(&hk_heap.lock);
	if (find_or_map(1, HK_BEST_FIT) != HK_NO_GRANULE)
		hk_names_give((char *)hk_heap.end - HK_SUPERSLAB, HK_SUPERSLAB);
	hk_heap_publish();
	hk_unlock(&hk_heap.lock);
}
