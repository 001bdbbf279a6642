/* SPDX-License-Identifier: MIT */
/*
 * The granule map: one byte for each 64 KiB of a terabyte, which tells what stands there. It is the
 * only thing that free() asks about a pointer, and can be asked about any pointer whatsoever
 * without touching the memory there: 0 is "nothing of ours".
 *
 * The index is bits 16 to 39 of the address: addresses a multiple of 1 TiB apart share a byte. Of
 * ours no two do, the heap sees to that when it maps. A wrong pointer can share a byte with a right
 * one: the slow functions find that out by the second map, of whole addresses of SuperSlabs; the
 * fast path, which does not ask it, takes about one wrong pointer in 10 000 for a block, with a
 * heap of 100 MB.
 *
 * Both maps are zeroed memory of the library itself, 18 MiB of address space, and resident for 1
 * byte in 65 536 of the heap. Reading needs no lock: a pointer comes to a thread only after the
 * byte for it was written.
 */
#ifndef SRC_MAP_H
#define SRC_MAP_H

#include "src/classes.h"
#include "src/layout.h"

#include <stddef.h>
#include <stdint.h>

#define HK_MAP_BITS 40

struct hk_superslab;

extern uint8_t hk_map[(size_t)1 << (HK_MAP_BITS - HK_GRANULE_SHIFT)]
	__attribute__((visibility("hidden")));
extern struct hk_superslab *hk_superslab_map[(size_t)1 << (HK_MAP_BITS - HK_SUPERSLAB_SHIFT)];

static inline size_t hk_map_index(const void *p)
{
	uintptr_t shifted;

#ifdef __x86_64__
	/* One instruction for a copy and a shift. */
	__asm__("imulq %2, %1, %0" : "=r"(shifted) : "r"(p), "i"(1 << (64 - HK_MAP_BITS)) : "cc");
#else
	shifted = (uintptr_t)p << (64 - HK_MAP_BITS);
#endif
	return shifted >> (64 - HK_MAP_BITS + HK_GRANULE_SHIFT);
}

/* Where p's bin is from the first, in words: twice the class. */
static inline size_t hk_map_word(const void *p)
{
	return __atomic_load_n(&hk_map[hk_map_index(p)], __ATOMIC_RELAXED);
}

/* The descriptor of the 4 MiB that p, or what shares p's index, lies in; NULL: none of ours. */
static inline struct hk_superslab **hk_superslab_entry(const void *p)
{
	return &hk_superslab_map[hk_map_index(p) >> (HK_SUPERSLAB_SHIFT - HK_GRANULE_SHIFT)];
}

static inline void hk_map_set(const void *p, unsigned class)
{
	__atomic_store_n(&hk_map[hk_map_index(p)], (uint8_t)(2 * class), __ATOMIC_RELAXED);
}

#endif
