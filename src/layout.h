/* SPDX-License-Identifier: MIT */
/* The units in which address space is divided, and two words for the compiler. */
#ifndef SRC_LAYOUT_H
#define SRC_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

/* What slabs keep account in. The kernel's page may be larger: hk_os_page(), src/os.h. */
#define HK_PAGE ((size_t)4096)

/* A granule: what a slab is made of, a large block is a run of, and purging gives back. */
#define HK_GRANULE_SHIFT 16
#define HK_GRANULE ((size_t)1 << HK_GRANULE_SHIFT)

/* A SuperSlab: 64 granules, aligned to its size. */
#define HK_SUPERSLAB_SHIFT 22
#define HK_SUPERSLAB ((size_t)1 << HK_SUPERSLAB_SHIFT)
#define HK_GRANULES 64

#define HK_MIN_ALIGN 16

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

static inline uintptr_t hk_round_up(uintptr_t value, uintptr_t power_of_two)
{
	return (value + power_of_two - 1) & ~(power_of_two - 1);
}

#endif
