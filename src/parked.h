/* SPDX-License-Identifier: MIT */
/*
 * Caches of threads that have ended, kept whole: the next threads that start adopt them. So short
 * threads find warm blocks, and flush nothing. Thread-safe.
 */
#ifndef SRC_PARKED_H
#define SRC_PARKED_H

#include "src/bin.h"

#include <stdbool.h>

/* Parks a copy of the cache. False: too much is parked already. */
bool hk_park(const struct hk_cache *cache);

/* Takes a parked cache. False: none is parked. */
bool hk_adopt(struct hk_cache *cache);

/* Whether a block is in a parked cache. */
bool hk_parked_has(unsigned class, const void *p);

/* Around fork(), after all other locks. */
void hk_parked_lock(void);
void hk_parked_unlock(void);

#endif
