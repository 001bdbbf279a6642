/* SPDX-License-Identifier: MIT */
/* A thread's cache: a bin for each size class, and what is known of them. */
#ifndef SRC_BIN_H
#define SRC_BIN_H

#include "src/classes.h"
#include "src/layout.h"
#include "src/lock.h"

#include <stdbool.h>

struct hk_bin {
	uint64_t *head;
	uint32_t inverse; /* of the class; 0: no fast path */
	int32_t room;     /* for how many more blocks */
};

#define HK_DEFERRED 16

struct hk_cache {
	struct hk_bin bins[HK_BINS];
	void *deferred[HK_DEFERRED];   /* freed blocks that are not in a bin yet: cache.h */
	uint8_t turn;                  /* the oldest deferred block */
	bool defers;                   /* all inverses are 0: a large heap, or it watches */
	uint16_t capacity[HK_CLASSES]; /* room and blocks together; grows with use */
	size_t cacheable;              /* bytes, if all bins were full */
	uint8_t state;
	uint8_t rounds_left; /* of destructors at the end of the thread */
	uint16_t until_tick;

	/* For other threads: idle.h. */
	struct hk_cache *next, *previous;
	struct hk_lock lock;
	uint8_t busy;                   /* the thread is in a slow function */
	uint8_t theft;                  /* how far another thread is with emptying this cache */
	uint16_t watches;               /* looks at the clock still to come */
	uint8_t until_look, look_every; /* calls of the deferring path between two looks */
	bool listed;
	bool asked; /* to watch: all inverses are 0, whatever the thread last set */
	uint64_t fingerprint, stepped_ms;
	size_t counted; /* bytes in bins, as entered into hak_counters */
};

extern __thread struct hk_cache hk_cache
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Use once per call: otherwise the compiler loads the thread's base at each access. */
static inline struct hk_cache *hk_my_cache(void)
{
	struct hk_cache *cache = &hk_cache;

	__asm__("" : "+r"(cache));
	return cache;
}

/* Atomic, because another thread may read the bin or taint it: idle.h. */
static inline uint64_t *hk_head_of(const struct hk_bin *bin)
{
	return __atomic_load_n(&bin->head, __ATOMIC_RELAXED);
}

static inline void hk_set_head(struct hk_bin *bin, uint64_t *head)
{
	__atomic_store_n(&bin->head, head, __ATOMIC_RELAXED);
}

static inline int32_t hk_room_of(const struct hk_bin *bin)
{
	return __atomic_load_n(&bin->room, __ATOMIC_RELAXED);
}

static inline void hk_set_room(struct hk_bin *bin, int32_t room)
{
	__atomic_store_n(&bin->room, room, __ATOMIC_RELAXED);
}

#endif
