/* SPDX-License-Identifier: MIT */
/*
 * Thread caches: a bin of free blocks for each size class, in thread-local storage, so that most
 * calls are a few instructions without a lock, an atomic operation or a branch that is hard to
 * predict. This file has those instructions.
 *
 * A bin is a list, last in, first out. The first word of a free
 * block is its link: the address of the next one, or HK_BIN_EMPTY, xor the key. All else is left
 * alone. Since no address uses them, the key's upper 16 bits show in every link, and mark the block
 * as free: free() of a block so marked is a double free, or looks like one and is looked into. The
 * word is cleared when the block is given out.
 *
 * A link that was overwritten decodes to no aligned pointer, but for one time in 16, and that is
 * noticed before it is followed.
 *
 * The look at the mark has to wait for the block's memory. In a large heap, where that is seldom in
 * the processor's caches, free() is made to take a second way by setting all inverses to 0: it only
 * asks for the block's memory, and finishes the block that it was given 16 calls ago. So it does
 * as long as the thread is to look at the clock: idle.h.
 *
 * Both change a bin's room first and its head last, and undo that if they go the slow way: so the
 * two fit together but for that moment, and another thread can tell. idle.h lives on that.
 *
 * Bins start empty and with an inverse of 0, which no pointer passes: a thread that has no cache
 * yet, has one no more, or must not have one (HAKMEM_CHECK, HAKMEM_FORCE_LIBC_ALLOC) needs no test
 * of its own, it always ends up in the slow functions.
 */
#ifndef SRC_CACHE_H
#define SRC_CACHE_H

#include "src/bin.h"
#include "src/fast_bin.h"
#include "src/map.h"
#include "src/telemetry.h"

#include <stdbool.h>

#define HK_BIN_EMPTY ((uint64_t *)1)

/* What bits 48 to 63 of a link are: those of a signaling NaN, which no program stores for long. */
#define HK_MARK 0x7ff5

/* The secret that links are xored with: HK_MARK on top, 6 in the lowest bits, random between. */
extern uint64_t hk_key __attribute__((visibility("hidden")));

/* The first word of a free block that is in no list. */
#define HK_MARKED ((uint64_t)HK_BIN_EMPTY ^ hk_key)

static inline bool hk_is_marked(const void *p)
{
	return ((const uint16_t *)p)[3] == HK_MARK;
}

/* A block off the bin that starts at this byte, or NULL: then the slow function knows why. */
static inline void *hk_pop(size_t byte)
{
	uint64_t *p;

	hk_bin_add_room_at(byte);
	p = hk_bin_head_at(byte);
	if (unlikely((uintptr_t)p % HK_MIN_ALIGN != 0)) {
		hk_bin_sub_room_at(byte);
		return NULL;
	}
	hk_bin_set_head_at(byte, (uint64_t *)(*p ^ hk_key));
	*p = 0;
	return p;
}

/*
 * Puts p into the bin of its class, if it is the start of a block, does not look free, and there is
 * room. Else false, and nothing has happened.
 */
static inline bool hk_push(void *pointer)
{
	size_t word = hk_map_word(pointer);
	uint64_t *p = pointer, *head;

	if (unlikely(!hk_bin_divides(word, (uint16_t)(uintptr_t)p)))
		return false;
	if (unlikely(hk_is_marked(p)))
		return false;
	if (unlikely(!hk_bin_take_room(word))) {
		hk_bin_add_room_at(8 * word);
		return false;
	}
	HK_FAST(fast_frees);
	HK_C7_FREE(word / 2);
	head = hk_bin_head(word);
	*p = (uint64_t)head ^ hk_key;
	hk_bin_set_head(word, p);
	return true;
}

/* Puts a deferred block into its bin; one that is none, or free already, ends the program. */
void hk_cache_finish(void *p);

/* A look at the clock, which a thread that calls seldom takes at each call. */
void hk_cache_look(void);

/*
 * If another thread wants this one to look at the clock: it goes the second way from now on, for a
 * while, and with p. Else, or if p is not the start of a block, false.
 */
bool hk_cache_watch(void *p);

/* Finishes what was deferred: double frees among it are found now. */
void hk_cache_settle(void);

/* A block of a class, from wherever there is one; NULL without memory. */
void *hk_cache_take(unsigned class);

/* p is in a slab of the class, and hk_push() has refused it: for lack of room, or as suspect. */
void hk_cache_give(unsigned class, void *p);

/* Gives back all that this thread has cached or deferred, and what ended threads have cached. */
void hk_cache_flush(void);

/* The same of one class, and this thread's alone. Returns how many blocks that were. */
unsigned hk_cache_flush_class(unsigned class);
void hk_caches_flush_parked(void);

/* Once, before the first thread has a cache. False: no key for thread-specific data was left. */
bool hk_caches_init(void);

/* The block that a bin's head or a link names, which is not HK_BIN_EMPTY; the next: *ret_next. */
uint64_t *hk_follow(unsigned class, uint64_t *head, uint64_t **ret_next);

#endif
