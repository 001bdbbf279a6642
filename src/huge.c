/* SPDX-License-Identifier: MIT */
#include "src/huge.h"
#include "src/counters.h"
#include "src/os.h"
#include "src/purge.h"
#include "src/superslab.h"
#include "src/map.h"

#include <string.h>

/* Freed ones that are kept, oldest first. */
#define KEPT_MAX 8
static struct hk_superslab *kept[KEPT_MAX];
static unsigned kept_count;

static size_t granules(const struct hk_superslab *header)
{
	return (header->huge_bytes + HK_GRANULE - 1) >> HK_GRANULE_SHIFT;
}

static struct hk_superslab *live_blocks;
static size_t live; /* granules of those in use */

static void unkeep(unsigned index)
{
	hk_heap.retained -= granules(kept[index]);
	kept_count--;
	memmove(&kept[index], &kept[index + 1], (kept_count - index) * sizeof(kept[0]));
}

/* The one that wastes least, at most a quarter. */
static struct hk_superslab *take_kept(size_t bytes)
{
	struct hk_superslab *best = NULL;
	unsigned index = 0;

	for (unsigned i = 0; i < kept_count; i++) {
		size_t has = kept[i]->huge_bytes;

		if (has < bytes || has - bytes > bytes / 4 || (best && has >= best->huge_bytes))
			continue;
		best = kept[i];
		index = i;
	}
	if (best)
		unkeep(index);
	return best;
}

static void drop(struct hk_superslab *header)
{
	size_t bytes = header->huge_bytes;

	hk_heap.dirty -= granules(header);
	if (!hk_heap_unmap(header, bytes)) /* its address space is lost for reuse, not its memory */
		hk_os_advise(header, bytes, HK_OS_PURGE);
}

bool hk_huge_purge_oldest(void)
{
	struct hk_superslab *header = kept[0];

	if (kept_count == 0)
		return false;
	unkeep(0);
	drop(header);
	return true;
}

void hk_huge_totals(size_t *in_use, size_t *retained)
{
	*in_use += live;
	for (unsigned i = 0; i < kept_count; i++)
		*retained += granules(kept[i]);
}

/* Enters a block into the granule map and the accounts. */
static void *settle(struct hk_superslab *header, void *block)
{
	header->huge_block = block;
	header->next = live_blocks;
	header->link = &live_blocks;
	if (header->next)
		header->next->link = &header->next;
	live_blocks = header;
	hk_map_set(block, HK_HUGE);
	hk_heap.in_use += granules(header);
	live += granules(header);
	hk_count(&hak_counters.huge_blocks, 1);
	hk_count(&hak_counters.in_use_bytes, hk_huge_usable(block));
	return block;
}

static void unsettle(struct hk_superslab *header)
{
	void *block = header->huge_block;

	hk_uncount(&hak_counters.in_use_bytes, hk_huge_usable(block));
	hk_uncount(&hak_counters.huge_blocks, 1);
	hk_heap.in_use -= granules(header);
	live -= granules(header);
	*header->link = header->next;
	if (header->next)
		header->next->link = header->link;
	header->link = NULL;
	header->huge_block = NULL;
	hk_map_set(block, 0);
}

/* Gives back the end of a mapping; returns how long it is then. */
static size_t cut(void *start, size_t bytes, size_t had)
{
	size_t end = hk_round_up(bytes, HK_SUPERSLAB);

	if (!hk_os_unmap((char *)start + bytes, had - bytes))
		return had;
	if (end < had)
		hk_map_remove((char *)start + end, had - end);
	return bytes;
}

/* A mapping with the block at its alignment; what is before its header is given back. */
static struct hk_superslab *map_aligned(size_t size, size_t align, void **ret_block)
{
	size_t room = hk_round_up(size + align + HK_SUPERSLAB, hk_os_page()), before;
	void *start = hk_heap_map(room);
	struct hk_superslab *header;
	uintptr_t block;

	if (!start)
		return NULL;
	block = hk_round_up((uintptr_t)start + HK_GRANULE, align);
	header = hk_superslab_of((void *)block);
	before = (uintptr_t)header - (uintptr_t)start;
	if (before > 0 && !hk_heap_unmap(start, before)) {
		hk_heap_unmap(start, room);
		return NULL;
	}
	header->huge_bytes = cut(
		header, hk_round_up(block + size, hk_os_page()) - (uintptr_t)header, room - before);
	*ret_block = (void *)block;
	return header;
}

static struct hk_superslab *map_plain(size_t bytes, void **ret_block)
{
	struct hk_superslab *header = hk_heap_map(bytes);

	if (!header)
		return NULL;
	header->huge_bytes = bytes;
	*ret_block = hk_granule_at(header, 1);
	return header;
}

void *hk_huge_alloc(size_t size, size_t align, bool *ret_clean)
{
	size_t bytes = hk_round_up(size + HK_GRANULE, hk_os_page());
	struct hk_superslab *header = NULL;
	void *block = NULL;

	if (size > PTRDIFF_MAX - 2 * HK_SUPERSLAB || align > PTRDIFF_MAX - size - 2 * HK_SUPERSLAB)
		return NULL;
	hk_lock(&hk_heap.lock);
	if (align <= HK_GRANULE)
		header = take_kept(bytes);
	*ret_clean = !header;
	if (header)
		block = hk_granule_at(header, 1);
	else if (align <= HK_GRANULE)
		header = map_plain(bytes, &block);
	else
		header = map_aligned(size, align, &block);
	if (header) {
		if (*ret_clean)
			hk_heap.dirty += granules(header);
		settle(header, block);
		hk_purge_note_use(*ret_clean ? granules(header) : 0);
		hk_heap_publish();
	}
	hk_unlock(&hk_heap.lock);
	return header ? block : NULL;
}

bool hk_huge_is_block(const void *p)
{
	return hk_superslab_of(p)->huge_block == p;
}

void hk_huge_walk(void (*visit)(void *block))
{
	for (struct hk_superslab *header = live_blocks; header; header = header->next)
		visit(header->huge_block);
}

size_t hk_huge_usable(const void *p)
{
	const struct hk_superslab *header = hk_superslab_of(p);

	return header->huge_bytes - (size_t)((const char *)p - (const char *)header);
}

void hk_huge_free(void *p)
{
	struct hk_superslab *header = hk_superslab_of(p);

	hk_lock(&hk_heap.lock);
	unsettle(header);
	if (p == hk_granule_at(header, 1)) {
		if (kept_count == KEPT_MAX)
			hk_huge_purge_oldest();
		kept[kept_count++] = header;
		hk_heap.retained += granules(header);
	} else {
		drop(header);
	}
	hk_purge_excess();
	hk_heap_publish();
	hk_unlock(&hk_heap.lock);
}

/* Onto another mapping, by page tables alone. */
static struct hk_superslab *move(struct hk_superslab *header, size_t bytes)
{
	size_t old_bytes = header->huge_bytes;
	struct hk_superslab *to = hk_heap_map(bytes);

	if (!to)
		return NULL;
	if (!hk_os_remap(header, old_bytes, bytes, to)) {
		hk_heap_unmap(to, bytes);
		return NULL;
	}
	hk_map_remove(header, old_bytes);
	return to;
}

void *hk_huge_resize(void *p, size_t size)
{
	struct hk_superslab *header = hk_superslab_of(p), *to = header;
	size_t offset = (size_t)((char *)p - (char *)header), had, bytes;

	if (size > PTRDIFF_MAX - 2 * HK_SUPERSLAB)
		return NULL;
	bytes = hk_round_up(size + offset, hk_os_page());
	hk_lock(&hk_heap.lock);
	had = header->huge_bytes;
	unsettle(header);
	hk_heap.dirty -= granules(header);
	if (bytes < had) {
		bytes = cut(header, bytes, had);
	} else if (bytes > had) {
		to = move(header, bytes);
	}
	if (to)
		to->huge_bytes = bytes;
	else
		to = header;
	hk_heap.dirty += granules(to);
	settle(to, (char *)to + offset);
	hk_purge_note_use(0);
	hk_heap_publish();
	hk_unlock(&hk_heap.lock);
	return to->huge_bytes >= size + offset ? (char *)to + offset : NULL;
}
