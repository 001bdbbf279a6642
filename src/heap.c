/* SPDX-License-Identifier: MIT */
/*
 * Chooses between classes, runs and mappings for a block. Called by the entry points (malloc.c)
 * after the fast path has failed, and by check.c.
 */
#include "src/heap.h"
#include "src/cache.h"
#include "src/depot.h"
#include "src/fault.h"
#include "src/idle.h"
#include "src/large.h"
#include "src/life.h"
#include "src/purge.h"
#include "src/sparse.h"
#include "src/stock.h"
#include "src/superslab.h"

#include <stdint.h>

static void *take(unsigned class)
{
	void *block;

	if (hk_mode() != HK_CHECK)
		return hk_cache_take(class);
	return hk_depot_take(class, &block, 1) ? block : NULL;
}

void *hk_alloc(size_t size, bool *ret_clean)
{
	*ret_clean = false;
	if (size <= HK_MEDIUM_MAX)
		return take(size ? hk_class_of(size) : 1);
	return hk_large_alloc(size, 1, ret_clean);
}

/* Blocks stand at multiples of their size in a slab that is aligned to a granule. */
static unsigned aligned_class(size_t align, size_t size)
{
	unsigned class = hk_class_of(size > align ? size : align);

	while ((hk_classes[class].size & (align - 1)) != 0)
		class += 1;
	return class;
}

void *hk_alloc_aligned(size_t align, size_t size, bool *ret_clean)
{
	unsigned class;
	void *p;

	*ret_clean = false;
	if (align <= HK_MIN_ALIGN)
		return hk_alloc(size, ret_clean);
	if (align > HK_GRANULE || size > HK_MEDIUM_MAX)
		return hk_large_alloc(size, align, ret_clean);
	class = aligned_class(align, size);
	p = hk_pop(class * sizeof(struct hk_bin));
	return p ? p : take(class);
}

/* Ends the program if p is not where a block starts; `class` is what the map says of it. */
static void require_start(unsigned class, const void *p, const char *what)
{
	bool starts = false;
	unsigned index;

	if (class > 0 && class < HK_CLASSES)
		starts = hk_slab_index(class, p, &index);
	else if (class == HK_LARGE)
		starts = (uintptr_t)p % HK_GRANULE == 0;
	if (!starts)
		hk_fault(what, p);
}

static void give(unsigned class, void *p)
{
	if (hk_mode() == HK_CHECK)
		hk_depot_give(class, &p, 1);
	else
		hk_cache_give(class, p);
}

void hk_free(void *p)
{
	unsigned class = hk_map_class(p);

	require_start(class, p, "free(): invalid pointer");
	if (class == HK_LARGE)
		hk_large_free(p);
	else
		give(class, p);
}

size_t hk_usable_size(const void *p)
{
	unsigned class = hk_map_class(p);

	if (class > 0 && class < HK_CLASSES)
		return hk_classes[class].size;
	if (class == HK_LARGE)
		return hk_large_usable(p);
	hk_fault("invalid pointer", p);
}

void *hk_resize(void *p, size_t size)
{
	unsigned class = hk_map_class(p);
	size_t usable;

	require_start(class, p, "realloc(): invalid pointer");
	usable = hk_usable_size(p);
	if (class == HK_LARGE && size > HK_MEDIUM_MAX)
		return hk_large_resize(p, size);
	return size <= usable && (size >= usable / 2 || usable <= 64) ? p : NULL;
}

size_t hk_trim(void)
{
	hk_cache_flush();
	hk_caches_flush_parked();
	for (unsigned class = 1; class < HK_CLASSES; ++class)
		hk_stock_drain(class);
	hk_idle_count_cached();
	return hk_sparse_purge_all() + hk_purge_all();
}
