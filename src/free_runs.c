/* SPDX-License-Identifier: MIT */
/*
 * Free runs are listed by length: exactly up to 32 granules, then four lists to each doubling. Runs
 * with memory that can be purged are listed apart from the others.
 */
#include "src/free_runs.h"

#define EXACT 32
#define LISTS 112 /* for 2^24 granules */
#define LOOKS 24  /* at runs of one list */

enum { CLEAN, DIRTY, KINDS };

static struct lists {
	uint64_t filled[2]; /* bit n: list n is not empty */
	uint32_t first[LISTS];
} lists[KINDS];

bool hk_is_free_at(const char *address, uint32_t number)
{
	struct hk_superslab *superslab;

	if (number >= HK_NUMBERS)
		return false;
	superslab = hk_superslab_at(number);
	return superslab && (superslab->free >> number % HK_GRANULES & 1) &&
	       hk_address_of(number) == address;
}

/* ---- masks ----------------------------------------------------------------------------------- */

static void count_part(struct hk_superslab *superslab, uint64_t part, void *context)
{
	struct hk_counts *counts = context;

	uint64_t dirty = superslab->dirty & part, stuck = superslab->stuck & dirty;
	unsigned count = hk_popcount(dirty);

	counts->dirty += count;
	counts->purgeable += stuck ? count - hk_popcount(stuck) : count;
}

struct hk_counts hk_count_granules(uint32_t first, size_t length)
{
	struct hk_counts counts = {0};

	HK_ASSERT(hk_holds(&hk_heap.lock));
	hk_for_parts(first, length, count_part, &counts);
	return counts;
}

static void claim_part(struct hk_superslab *superslab, uint64_t part, void *context)
{
	(void)context;
	superslab->free &= ~part;
}

static void free_part(struct hk_superslab *superslab, uint64_t part, void *context)
{
	(void)context;
	superslab->free |= part;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static unsigned list_of(size_t length)
{
	unsigned log2;

	if (length <= EXACT)
		return (unsigned)length - 1;
	log2 = 63 - (unsigned)__builtin_clzll(length);
	return EXACT + 4 * (log2 - 5) + (unsigned)(length >> (log2 - 2) & 3);
}

static void link_run(uint32_t first, size_t length, size_t purgeable)
{
	struct lists *kind = &lists[purgeable > 0 ? DIRTY : CLEAN];
	unsigned list = list_of(length);
	struct hk_run *run = hk_run_at(first);

	run->length = (uint32_t)length;
	run->purgeable = (uint32_t)purgeable;
	run->previous = HK_NO_GRANULE;
	run->next = kind->filled[list / 64] >> list % 64 & 1 ? kind->first[list] : HK_NO_GRANULE;
	if (run->next != HK_NO_GRANULE)
		hk_run_at(run->next)->previous = first;
	kind->first[list] = first;
	kind->filled[list / 64] |= (uint64_t)1 << list % 64;
	hk_run_at(first + (uint32_t)length - 1)->length = (uint32_t)length;
}

static void unlink_run(uint32_t first)
{
	struct hk_run *run = hk_run_at(first);
	struct lists *kind = &lists[run->purgeable > 0 ? DIRTY : CLEAN];
	unsigned list = list_of(run->length);

	if (run->next != HK_NO_GRANULE)
		hk_run_at(run->next)->previous = run->previous;
	if (run->previous != HK_NO_GRANULE)
		hk_run_at(run->previous)->next = run->next;
	else
		kind->first[list] = run->next;
	if (kind->first[list] == HK_NO_GRANULE)
		kind->filled[list / 64] &= ~((uint64_t)1 << list % 64);
}

/* The first list from `list` on that is not empty, or LISTS. */
static unsigned filled_from(const struct lists *kind, unsigned list)
{
	for (unsigned word = list / 64; word < 2; word++) {
		uint64_t bits = kind->filled[word];

		if (word == list / 64)
			bits &= ~(uint64_t)0 << list % 64;
		if (bits)
			return word * 64 + (unsigned)__builtin_ctzll(bits);
	}
	return LISTS;
}

/* The last list that is not empty, or LISTS. */
static unsigned last_filled(const struct lists *kind)
{
	for (unsigned word = 2; word-- > 0;)
		if (kind->filled[word])
			return word * 64 + 63 - (unsigned)__builtin_clzll(kind->filled[word]);
	return LISTS;
}

/* Of the first runs of a list: the shortest that is long enough, the lowest of those. */
static uint32_t best_of(const struct lists *kind, unsigned list, size_t length)
{
	uint32_t best = HK_NO_GRANULE, at = kind->first[list];

	for (unsigned looks = 0; at != HK_NO_GRANULE && looks < LOOKS;
		looks++, at = hk_run_at(at)->next) {
		if (hk_run_at(at)->length < length)
			continue;
		if (best == HK_NO_GRANULE || hk_run_at(at)->length < hk_run_at(best)->length ||
			(hk_run_at(at)->length == hk_run_at(best)->length && at < best))
			best = at;
	}
	return best;
}

static uint32_t best_fit(const struct lists *kind, size_t length)
{
	unsigned list = list_of(length);
	uint32_t best;

	list = filled_from(kind, list);
	if (list == LISTS)
		return HK_NO_GRANULE;
	best = best_of(kind, list, length);
	if (best != HK_NO_GRANULE || list != list_of(length))
		return best;
	list = filled_from(kind, list + 1);
	return list == LISTS ? HK_NO_GRANULE : best_of(kind, list, length);
}

static uint32_t longest(size_t length)
{
	unsigned list[KINDS] = {last_filled(&lists[CLEAN]), last_filled(&lists[DIRTY])};
	unsigned kind = list[CLEAN] == LISTS                                ? DIRTY
			: list[DIRTY] == LISTS || list[CLEAN] > list[DIRTY] ? CLEAN
									    : DIRTY;

	return list[kind] == LISTS ? HK_NO_GRANULE : best_of(&lists[kind], list[kind], length);
}

uint32_t hk_free_find(size_t length, enum hk_place place)
{
	uint32_t found = HK_NO_GRANULE;

	HK_ASSERT(hk_holds(&hk_heap.lock));
	if (place == HK_ROOM_TO_GROW)
		found = longest(length);
	if (found == HK_NO_GRANULE)
		found = best_fit(&lists[DIRTY], length);
	if (found == HK_NO_GRANULE)
		found = best_fit(&lists[CLEAN], length);
	return found;
}

/* ---- runs that are free ---------------------------------------------------------------------- */

uint32_t hk_free_add(uint32_t first, size_t length, size_t purgeable)
{
	char *start = hk_address_of(first), *end = start + (length << HK_GRANULE_SHIFT);

	HK_ASSERT(hk_holds(&hk_heap.lock));
	hk_for_parts(first, length, free_part, NULL);
	if (first > 0 && hk_is_free_at(start - HK_GRANULE, first - 1)) {
		uint32_t before = first - hk_run_at(first - 1)->length;

		unlink_run(before);
		purgeable += hk_run_at(before)->purgeable;
		length += first - before;
		first = before;
	}
	if (hk_is_free_at(end, first + (uint32_t)length)) {
		uint32_t after = first + (uint32_t)length;

		unlink_run(after);
		purgeable += hk_run_at(after)->purgeable;
		length += hk_run_at(after)->length;
	}
	link_run(first, length, purgeable);
	return first;
}

/* Of some granules of a free run. */
static size_t purgeable_in(uint32_t run, uint32_t first, size_t length)
{
	if (hk_run_at(run)->purgeable == hk_run_at(run)->length)
		return length;
	return hk_run_at(run)->purgeable == 0 ? 0 : hk_count_granules(first, length).purgeable;
}

void hk_free_carve(uint32_t run, uint32_t first, size_t length)
{
	size_t before = first - run, after = hk_run_at(run)->length - before - length;
	size_t before_purgeable = before > 0 ? purgeable_in(run, run, before) : 0;
	size_t after_purgeable =
		hk_run_at(run)->purgeable - before_purgeable - purgeable_in(run, first, length);

	HK_ASSERT(hk_holds(&hk_heap.lock));
	unlink_run(run);
	hk_for_parts(first, length, claim_part, NULL);
	if (before > 0)
		link_run(run, before, before_purgeable);
	if (after > 0)
		link_run(first + (uint32_t)length, after, after_purgeable);
}

uint32_t hk_free_longest_purgeable(void)
{
	unsigned list = last_filled(&lists[DIRTY]);

	HK_ASSERT(hk_holds(&hk_heap.lock));
	return list == LISTS ? HK_NO_GRANULE : lists[DIRTY].first[list];
}

bool hk_free_for_each(size_t length, bool (*visit)(uint32_t run, void *context), void *context)
{
	bool any = false;

	HK_ASSERT(hk_holds(&hk_heap.lock));
	for (unsigned i = list_of(length); i < KINDS * LISTS; i++) {
		const struct lists *kind = &lists[i / LISTS];
		unsigned list = i % LISTS;
		uint32_t run = HK_NO_GRANULE, next;

		if (kind->filled[list / 64] >> list % 64 & 1)
			run = kind->first[list];
		for (; run != HK_NO_GRANULE; run = next) {
			next = hk_run_at(run)->next;
			if (hk_run_at(run)->length >= length)
				any |= visit(run, context);
		}
	}
	return any;
}
