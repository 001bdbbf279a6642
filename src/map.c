/* SPDX-License-Identifier: MIT */
#include "src/map.h"

uint8_t hk_map[(size_t)1 << (HK_MAP_BITS - HK_GRANULE_SHIFT)];
void *hk_superslab_map[(size_t)1 << (HK_MAP_BITS - HK_SUPERSLAB_SHIFT)];

bool hk_map_is_taken(const void *start, size_t bytes)
{
	if (bytes > (size_t)1 << HK_MAP_BITS)
		return true;
	for (size_t at = 0; at < bytes; at += HK_SUPERSLAB)
		if (*hk_superslab_entry((const char *)start + at))
			return true;
	return false;
}

bool hk_map_enter(void *start, size_t bytes)
{
	if (hk_map_is_taken(start, bytes))
		return false;
	for (size_t at = 0; at < bytes; at += HK_SUPERSLAB)
		__atomic_store_n(hk_superslab_entry((char *)start + at), (char *)start + at,
			__ATOMIC_RELAXED);
	return true;
}

void hk_map_remove(void *start, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += HK_SUPERSLAB)
		__atomic_store_n(hk_superslab_entry((char *)start + at), NULL, __ATOMIC_RELAXED);
}
