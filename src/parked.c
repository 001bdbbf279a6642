/* SPDX-License-Identifier: MIT */
/* A stack of caches whose threads have ended. cache.c parks and adopts them. */
#include "src/parked.h"
#include "src/cache.h"
#include "src/counters.h"
#include "src/idle.h"
#include "src/lock.h"

#include <string.h>

#define PARKED_MAX 16
#define PARKED_BYTES ((size_t)1 << 20) /* in the blocks of all parked caches */

static struct hk_cache parked[PARKED_MAX];
static unsigned count;
static size_t bytes_parked;
static struct hk_lock lock;

bool hk_adopt(struct hk_cache *cache)
{
	size_t bytes;
	bool found;

	hk_lock(&lock);
	found = count > 0;
	if (found) {
		memcpy(cache, &parked[--count], sizeof(*cache));
		bytes = hk_idle_cached(cache);
		bytes_parked -= bytes;
		hk_uncount(&hak_counters.cached_bytes, bytes);
		cache->busy = 0; /* it was the end of its thread that parked it */
		cache->theft = HK_UNTOUCHED;
		cache->lock = (struct hk_lock){0};
	}
	hk_unlock(&lock);
	return found;
}

bool hk_park(const struct hk_cache *cache)
{
	size_t bytes = hk_idle_cached(cache);
	bool room;

	hk_lock(&lock);
	room = count < PARKED_MAX && bytes_parked + bytes <= PARKED_BYTES;
	if (room) {
		memcpy(&parked[count++], cache, sizeof(*cache));
		bytes_parked += bytes;
		hk_count(&hak_counters.cached_bytes, bytes);
	}
	hk_unlock(&lock);
	return room;
}

bool hk_parked_has(unsigned class, const void *p)
{
	bool found = false;
	uint64_t *next;

	hk_lock(&lock);
	for (unsigned i = 0; i < count; i++) {
		next = hk_head_of(&parked[i].bins[class]);
		while (next != HK_BIN_EMPTY && !found)
			found = hk_follow(class, next, &next) == p;
	}
	hk_unlock(&lock);
	return found;
}

void hk_parked_lock(void)
{
	hk_lock(&lock);
}

void hk_parked_unlock(void)
{
	hk_unlock(&lock);
}
