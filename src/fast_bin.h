/* SPDX-License-Identifier: MIT */
/*
 * How the two fast paths reach the calling thread's bins. On x86-64 a segment register holds the
 * thread's base, and an instruction can address relative to it with an index. gcc computes the
 * addresses first instead. So the few accesses of the fast paths are written out here. They are
 * volatile, so their order among themselves stays; no other access to bins is made near them.
 */
#ifndef SRC_FAST_BIN_H
#define SRC_FAST_BIN_H

#include "src/bin.h"

/* Size of a bin in words of 8 bytes, the unit of the granule map: 2. */
#define HK_BIN_WORDS (sizeof(struct hk_bin) / 8)

#if defined(__x86_64__) && !defined(HAKMEM_NO_OVERRIDE)

/* Offset of hk_cache from the thread's base. */
static inline uintptr_t hk_cache_offset(void)
{
	uintptr_t offset;

	__asm__("movq hk_cache@gottpoff(%%rip), %0" : "=r"(offset));
	return offset;
}

static inline uint64_t *hk_bin_head(size_t word)
{
	uint64_t *head;

	__asm__ volatile("movq %%fs:(%1,%2,8), %0"
			 : "=r"(head)
			 : "r"(hk_cache_offset()), "r"(word));
	return head;
}

/* The same by an offset in bytes, which malloc() has at hand. */
static inline uint64_t *hk_bin_head_at(size_t byte)
{
	uint64_t *head;

	/* The result is in rax, from where malloc() returns it; `byte` in rdx keeps rax free. */
	__asm__ volatile("movq %%fs:(%1,%2), %0" : "=a"(head) : "r"(hk_cache_offset()), "d"(byte));
	return head;
}

static inline void hk_bin_set_head_at(size_t byte, uint64_t *head)
{
	__asm__ volatile("movq %0, %%fs:(%1,%2)" : : "r"(head), "r"(hk_cache_offset()), "r"(byte));
}

static inline void hk_bin_add_room_at(size_t byte)
{
	__asm__ volatile("addl $1, %%fs:12(%0,%1)" : : "r"(hk_cache_offset()), "r"(byte) : "cc");
}

static inline void hk_bin_sub_room_at(size_t byte)
{
	__asm__ volatile("subl $1, %%fs:12(%0,%1)" : : "r"(hk_cache_offset()), "r"(byte) : "cc");
}

static inline void hk_bin_set_head(size_t word, uint64_t *head)
{
	__asm__ volatile("movq %0, %%fs:(%1,%2,8)"
			 :
			 : "r"(head), "r"(hk_cache_offset()), "r"(word));
}

/* True if the offset is a multiple of the class's size and the inverse is not 0: classes.h. */
static inline bool hk_bin_divides(size_t word, uint32_t offset)
{
	bool divides;

	__asm__ volatile("imull %%fs:8(%2,%3,8), %1\n\tcmpl %%fs:8(%2,%3,8), %1"
			 : "=@ccb"(divides), "+r"(offset)
			 : "r"(hk_cache_offset()), "r"(word));
	return divides;
}

/* Takes room for one block. False: the bin had none. */
static inline bool hk_bin_take_room(size_t word)
{
	bool negative;

	__asm__ volatile("subl $1, %%fs:12(%1,%2,8)"
			 : "=@ccs"(negative)
			 : "r"(hk_cache_offset()), "r"(word));
	return !negative;
}

#else

static inline struct hk_bin *hk_bin_at(size_t word)
{
	return &hk_cache.bins[word / HK_BIN_WORDS];
}

static inline void hk_bin_set_head(size_t word, uint64_t *head)
{
	hk_set_head(hk_bin_at(word), head);
}

static inline uint64_t *hk_bin_head(size_t word)
{
	return hk_head_of(hk_bin_at(word));
}

static inline int32_t hk_bin_change_room(size_t word, int32_t by)
{
	int32_t room = hk_room_of(hk_bin_at(word)) + by;

	hk_set_room(hk_bin_at(word), room);
	return room;
}

static inline uint64_t *hk_bin_head_at(size_t byte)
{
	return hk_bin_head(byte / 8);
}

static inline void hk_bin_set_head_at(size_t byte, uint64_t *head)
{
	hk_bin_set_head(byte / 8, head);
}

static inline void hk_bin_add_room_at(size_t byte)
{
	hk_bin_change_room(byte / 8, 1);
}

static inline void hk_bin_sub_room_at(size_t byte)
{
	hk_bin_change_room(byte / 8, -1);
}

static inline bool hk_bin_divides(size_t word, uint32_t offset)
{
	uint32_t inverse = __atomic_load_n(&hk_bin_at(word)->inverse, __ATOMIC_RELAXED);

	return offset * inverse < inverse;
}

static inline bool hk_bin_take_room(size_t word)
{
	return hk_bin_change_room(word, -1) >= 0;
}

#endif

#endif
