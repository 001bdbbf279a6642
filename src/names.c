/* SPDX-License-Identifier: MIT */
/* Names of mappings, and mappings that inherit them. Called where superslab.c and runs.c map. */
#include "src/names.h"
#include "src/layout.h"
#include "src/map.h"
#include "src/os.h"
#include "src/settled.h"
#include "src/superslab.h"

#include <stdint.h>

static bool heap_is_named;

/* What pools are made like: named, and never touched. */
static void *pattern;

static void name_inside(void *start, size_t bytes)
{
	uintptr_t from = hk_round_up((uintptr_t)start, hk_os_page());
	uintptr_t to = ((uintptr_t)start + bytes) & -hk_os_page();

	hk_os_name((void *)from, to - from, "hakmem: map");
}

void hk_names_give(void *heap, size_t bytes)
{
	HK_ASSERT(hk_holds(&hk_heap.lock));
	if (!hk_settled.options.names || !hk_os_name(heap, bytes, "hakmem: heap"))
		return;
	heap_is_named = true;
	name_inside(hk_map, sizeof(hk_map));
	name_inside(hk_superslab_map, sizeof(hk_superslab_map));
	pattern = hk_os_map(NULL, HK_POOL_BYTES, true);
	if (pattern)
		hk_os_name(pattern, HK_POOL_BYTES, "hakmem: descriptors");
}

bool hk_names_extend_heap(void *end, size_t bytes)
{
	HK_ASSERT(hk_holds(&hk_heap.lock));
	return heap_is_named && hk_os_extend(end, bytes);
}

void *hk_names_map_pool(void)
{
	HK_ASSERT(hk_holds(&hk_heap.lock));
	void *pool = pattern ? hk_os_map_like(pattern, HK_POOL_BYTES) : NULL;

	return pool ? pool : hk_os_map(NULL, HK_POOL_BYTES, false);
}
