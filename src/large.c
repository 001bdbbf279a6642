/* SPDX-License-Identifier: MIT */
#include "src/large.h"
#include "src/counters.h"
#include "src/superslab.h"
#include "src/map.h"

static unsigned granules_for(size_t size)
{
	return (unsigned)((size + HK_GRANULE - 1) >> HK_GRANULE_SHIFT);
}

static unsigned run_of(const void *p)
{
	return hk_superslab_of(p)->run[hk_granule_of(p)];
}

void *hk_large_alloc(size_t size, bool *ret_clean)
{
	unsigned count = granules_for(size);
	void *p = hk_heap_take(count, ret_clean);

	if (!p)
		return NULL;
	hk_map_set(p, HK_LARGE);
	hk_count(&hak_counters.in_use_bytes, (size_t)count << HK_GRANULE_SHIFT);
	return p;
}

size_t hk_large_usable(const void *p)
{
	return (size_t)run_of(p) << HK_GRANULE_SHIFT;
}

void hk_large_free(void *p)
{
	unsigned count = run_of(p);

	hk_map_set(p, 0);
	hk_uncount(&hak_counters.in_use_bytes, (size_t)count << HK_GRANULE_SHIFT);
	hk_heap_give(p, count);
}

bool hk_large_resize(void *p, size_t size)
{
	unsigned had = run_of(p), count = granules_for(size);

	if (count != had && !hk_heap_resize(p, had, count))
		return false;
	hk_count(&hak_counters.in_use_bytes, (size_t)count << HK_GRANULE_SHIFT);
	hk_uncount(&hak_counters.in_use_bytes, (size_t)had << HK_GRANULE_SHIFT);
	return true;
}
