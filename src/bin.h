/* SPDX-License-Identifier: MIT */
/*
 * Bins, and how the two fast paths reach the calling thread's. On x86-64 a segment register holds
 * the thread's base, and an instruction can address relative to it with an index; gcc, left alone,
 * computes addresses first. So the few accesses of the fast paths are written out here. They are
 * volatile: their order among themselves stays, and no other access to bins is made near them.
 */
#ifndef SRC_BIN_H
#define SRC_BIN_H

#include "src/classes.h"
#include "src/layout.h"

#include <stdbool.h>

struct hk_bin {
	uint64_t *head;
	uint32_t inverse; /* of the class; 0: the slow way */
	int32_t room;     /* for so many more blocks; -1 until the slow function sets it right */
};

#define HK_DEFERRED 16

struct hk_cache {
	struct hk_bin bins[HK_BINS];
	void *deferred[HK_DEFERRED];   /* freed blocks, in no bin yet: cache.h */
	uint8_t turn;                  /* the oldest of them */
	bool defers;                   /* all inverses are 0 */
	uint16_t capacity[HK_CLASSES]; /* room and blocks together; grows with use */
	size_t cacheable;              /* bytes, if all bins were full */
	uint8_t state;
	uint8_t rounds_left; /* of destructors at the end of the thread */
	uint16_t until_tick;
};

extern __thread struct hk_cache hk_cache
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

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

static inline void hk_bin_take_head_at(size_t byte, uint64_t *next)
{
	__asm__ volatile("movq %0, %%fs:(%1,%2)\n\taddl $1, %%fs:12(%1,%2)"
			 :
			 : "r"(next), "r"(hk_cache_offset()), "r"(byte)
			 : "cc");
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

static inline uint64_t *hk_bin_head(size_t word)
{
	return hk_bin_at(word)->head;
}

static inline uint64_t *hk_bin_head_at(size_t byte)
{
	return hk_bin_at(byte / 8)->head;
}

static inline void hk_bin_take_head_at(size_t byte, uint64_t *next)
{
	hk_bin_at(byte / 8)->head = next;
	hk_bin_at(byte / 8)->room++;
}

static inline void hk_bin_set_head(size_t word, uint64_t *head)
{
	hk_bin_at(word)->head = head;
}

static inline bool hk_bin_divides(size_t word, uint32_t offset)
{
	return offset * hk_bin_at(word)->inverse < hk_bin_at(word)->inverse;
}

static inline bool hk_bin_take_room(size_t word)
{
	return --hk_bin_at(word)->room >= 0;
}

#endif

#endif
