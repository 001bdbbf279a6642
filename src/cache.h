/* SPDX-License-Identifier: MIT */
/*
 * Thread caches: a bin of free blocks for each size class, in thread-local storage, so that most
 * calls are a few instructions without a lock, an atomic operation or a branch that is hard to
 * predict. This file has those instructions.
 *
 * A bin is a list, last in, first out. The first word of a free block is its link: the address of
 * the next block, or HK_BIN_EMPTY, xor the key. The rest of the block is left alone. No address
 * uses its upper 16 bits, so the upper 16 bits of the key show in every link and mark the block as
 * free. free() of a marked block is either a double free or a coincidence, and is examined. The
 * word is cleared when the block is given out.
 *
 * A link that was overwritten decodes to an aligned pointer only once in 16 times; otherwise the
 * damage is noticed before the link is followed.
 *
 * To read the mark, free() must wait for the block's memory. In a large heap that memory is seldom
 * in the processor's caches. There all inverses are set to 0, which sends free() to the *deferring
 * path* (defer.h): it only prefetches the block's memory, and finishes the block that was freed 16
 * calls ago. A thread that has to look at the clock takes the same path: idle.h.
 *
 * Both fast paths change a bin's room first and its head last, and undo the change if they take the
 * slow path. So room and head agree except at that moment, and another thread can tell whether they
 * do. idle.h relies on that.
 *
 * Bins start empty and with an inverse of 0, so no pointer passes their test. A thread that has no
 * cache yet, has none any more, or must not have one (HAKMEM_CHECK, HAKMEM_FORCE_LIBC_ALLOC) needs
 * no extra test: its calls always end up in the slow functions.
 */
#ifndef SRC_CACHE_H
#define SRC_CACHE_H

#include "src/bin.h"
#include "src/fast_bin.h"
#include "src/map.h"
#include "src/settled.h"
#include "src/telemetry.h"

#include <stdbool.h>

#define HK_BIN_EMPTY ((uint64_t *)1)

/* Bits 48 to 63 of a link. They make a signaling NaN, which programs hardly ever store. */
#define HK_MARK 0x7ff5

/* The first word of a free block that is not in a list. */
#define HK_MARKED ((uint64_t)HK_BIN_EMPTY ^ hk_settled.key)

static inline bool hk_is_marked(const void *p)
{
	return ((const uint16_t *)p)[3] == HK_MARK;
}

/* Takes a block from the bin at this byte offset. NULL: the slow function finds out why. */
static inline void *hk_pop(size_t byte)
{
	uint64_t *p;

	hk_bin_add_room_at(byte);
	p = hk_bin_head_at(byte);
	if (unlikely((uintptr_t)p % HK_MIN_ALIGN != 0)) {
		hk_bin_sub_room_at(byte);
		return NULL;
	}
	hk_bin_set_head_at(byte, (uint64_t *)(*p ^ hk_settled.key));
	*p = 0;
	return p;
}

/*
 * Puts the pointer into the bin of its class, if it is the start of a block, is not marked as free,
 * and the bin has room. Otherwise returns false and changes nothing.
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
	*p = (uint64_t)head ^ hk_settled.key;
	hk_bin_set_head(word, p);
	return true;
}

/* Puts a deferred block into its bin. If p is not a block, or is free already: aborts. */
void hk_cache_finish(void *p);

/* Looks at the clock. A thread that calls seldom does so at each call. */
void hk_cache_look(void);

/*
 * If another thread has asked this one to watch the clock (idle.h), this thread takes the deferring
 * path for a while, beginning with p. Returns false if nobody asked, or if p is not the start of a
 * block.
 */
bool hk_cache_watch(void *p);

/* Finishes all deferred blocks. Double frees among them are found now. */
void hk_cache_settle(void);

/* A block of the class from the stock, the depot or the heap. NULL: out of memory. */
void *hk_cache_take(unsigned class);

/* Frees p, in a slab of the class, after hk_push() refused it: no room, or it looks free. */
void hk_cache_give(unsigned class, void *p);

/* Gives back all cached and deferred blocks of this thread, and the caches of ended threads. */
void hk_cache_flush(void);

/* The same for one class of this thread alone. Returns the number of blocks. */
unsigned hk_cache_flush_class(unsigned class);
void hk_caches_flush_parked(void);

/* Call once, before the first thread has a cache. False: no thread-specific key was left. */
bool hk_caches_init(void);

/* The block that a head or link names, not HK_BIN_EMPTY. *ret_next: the block after it. */
uint64_t *hk_follow(unsigned class, uint64_t *head, uint64_t **ret_next);

#endif
