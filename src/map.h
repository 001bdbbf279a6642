/* SPDX-License-Identifier: MIT */
/*
 * The granule map: one byte for each 64 KiB of a terabyte, which says what is there. It is all that
 * free() asks about a pointer. It can be asked about any pointer without touching the memory behind
 * the pointer; 0 means "not hakmem's".
 *
 * The index is bits 16 to 39 of the address, so addresses a multiple of 1 TiB apart share a byte.
 * The heap maps no two SuperSlabs that do. But a wrong pointer can share a byte with a right one.
 * The slow functions notice that by the second map, which has the whole addresses of SuperSlabs.
 * The fast path does not ask the second map; it takes about one wrong pointer in 10 000 for a
 * block, with a heap of 100 MB.
 *
 * Both maps are zeroed memory of the library itself: 18 MiB of address space, resident for 1 byte
 * in 65 536 of the heap. Reading needs no lock: a thread gets a pointer only after its byte was
 * written.
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

/* Offset of p's bin from the first bin, in words: twice the class. */
static inline size_t hk_map_word(const void *p)
{
	return __atomic_load_n(&hk_map[hk_map_index(p)], __ATOMIC_RELAXED);
}

/* Where the descriptor of p's 4 MiB is kept; an address with p's index shares it. NULL: none. */
static inline struct hk_superslab **hk_superslab_entry(const void *p)
{
	return &hk_superslab_map[hk_map_index(p) >> (HK_SUPERSLAB_SHIFT - HK_GRANULE_SHIFT)];
}

static inline void hk_map_set(const void *p, unsigned class)
{
	__atomic_store_n(&hk_map[hk_map_index(p)], (uint8_t)(2 * class), __ATOMIC_RELAXED);
}

#endif
