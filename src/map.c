/* SPDX-License-Identifier: MIT */
/* Storage of the granule map; map.h has the functions. */
#include "src/map.h"

uint8_t hk_map[(size_t)1 << (HK_MAP_BITS - HK_GRANULE_SHIFT)];
struct hk_superslab *hk_superslab_map[(size_t)1 << (HK_MAP_BITS - HK_SUPERSLAB_SHIFT)];
