/* SPDX-License-Identifier: MIT */
/*
 * How the two fast paths reach the calling thread's bins. On x86-64 a segment register holds the
 * thread's base, and an instruction can address relative to it with an index; gcc, left alone,
 * computes addresses first. So the few accesses of the fast paths are written out here. They are
 * volatile: their order among themselves stays, and no other access to bins is made near them.
 */
#ifndef SRC_FAST_BIN_H
#define SRC_FAST_BIN_H

#include "src/bin.h"

/* In words of 8 bytes, which is what the granule map counts in; two to a bin. */
#define HK_BIN_WORDS (sizeof(struct hk_bin) / 8)

#if defined(__x86_64__) && !defined(HAKMEM_NO_OVERRIDE)

/* Where hk_cache is, from the thread's base. */
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

/* The same for a number of bytes, which malloc() has at hand. */
static inline uint64_t *hk_bin_head_at(size_t byte)
{
	uint64_t *head;

	/* In rax, from where it is returned; rdx for `byte` leaves that free. */
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

/* Whether the offset is a multiple of the class's size, and the bin is in use; see classes.h. */
static inline bool hk_bin_divides(size_t word, uint32_t offset)
{
	bool divides;

	__asm__ volatile("imull %%fs:8(%2,%3,8), %1\n\tcmpl %%fs:8(%2,%3,8), %1"
			 : "=@ccb"(divides), "+r"(offset)
			 : "r"(hk_cache_offset()), "r"(word));
	return divides;
}

/* Takes room for one block; false if there was none. */
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
