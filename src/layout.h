/* SPDX-License-Identifier: MIT */
/* The units in which address space is divided, and two hints for the compiler. */
#ifndef SRC_LAYOUT_H
#define SRC_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

/* The page in which slabs keep account. The kernel's may be larger: hk_os_page(), src/os.h. */
#define HK_PAGE ((size_t)4096)

/* A granule: a slab is one, a large block is a run of them, and purging gives back whole ones. */
#define HK_GRANULE_SHIFT 16
#define HK_GRANULE ((size_t)1 << HK_GRANULE_SHIFT)

/* A SuperSlab: 64 granules, aligned to its size. */
#define HK_SUPERSLAB_SHIFT 22
#define HK_SUPERSLAB ((size_t)1 << HK_SUPERSLAB_SHIFT)
#define HK_GRANULES 64

#define HK_MIN_ALIGN 16

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* Not every x86-64 has the popcount instruction; without it gcc would call a function. */
static inline unsigned hk_popcount(uint64_t bits)
{
#if defined(__x86_64__) && !defined(__POPCNT__)
	bits -= bits >> 1 & 0x5555555555555555u;
	bits = (bits & 0x3333333333333333u) + (bits >> 2 & 0x3333333333333333u);
	bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0fu;
	return (unsigned)(bits * 0x0101010101010101u >> 56);
#else
	return (unsigned)__builtin_popcountll(bits);
#endif
}

static inline uintptr_t hk_round_up(uintptr_t value, uintptr_t power_of_two)
{
	return (value + power_of_two - 1) & ~(power_of_two - 1);
}

#endif
