/* SPDX-License-Identifier: MIT */
/*
 * Caches of threads that have ended, as they were: the next threads to start adopt them. Short
 * threads find warm blocks, and flush nothing. Any thread may call these.
 */
#ifndef SRC_PARKED_H
#define SRC_PARKED_H

#include "src/bin.h"

#include <stdbool.h>

/* Copies a cache. False: too much is parked already. */
bool hk_park(const struct hk_cache *cache);

/* The opposite. False: none is parked. */
bool hk_adopt(struct hk_cache *cache);

/* Whether a block is in one of them. */
bool hk_parked_has(unsigned class, const void *p);

/* Around fork(), after all other locks. */
void hk_parked_lock(void);
void hk_parked_unlock(void);

#endif
