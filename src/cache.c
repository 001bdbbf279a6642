/* SPDX-License-Identifier: MIT */
/*
 * The slow half of thread caches: batches from and to the depots, and a cache's life. A thread gets
 * its cache when it first allocates or frees, and parks it when it ends: parked.h.
 */
#include "src/cache.h"
#include "src/counters.h"
#include "src/defer.h"
#include "src/depot.h"
#include "src/fault.h"
#include "src/idle.h"
#include "src/parked.h"
#include "src/purge.h"
#include "src/settled.h"
#include "src/stock.h"
#include "src/superslab.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <sys/auxv.h>

#define SLOW_CALLS_PER_TICK 32
#define WATCHES 1024 /* looks at the clock */
#define LOOK_EVERY_MOST 64

/* hk_awaited_bytes: more than the caches of a processor core hold. */
#define LARGE_HEAP ((uint64_t)8 << 20)

enum { UNBORN, ALIVE, DEAD };

static void settle(struct hk_cache *cache);

#define BIN                                                                                        \
	{                                                                                          \
		HK_BIN_EMPTY, 0, 0                                                                 \
	}
#define BINS_4 BIN, BIN, BIN, BIN
#define BINS_16 BINS_4, BINS_4, BINS_4, BINS_4
__thread struct hk_cache hk_cache = {
	/* initial-exec and hidden, as bin.h declares it */
	.bins = {BINS_16, BINS_16, BINS_16, BINS_16, BINS_16, BINS_16, BINS_16, BINS_4},
	.state = UNBORN,
};
_Static_assert(HK_BINS == 7 * 16 + 4, "every bin starts empty");

static pthread_key_t at_end;

/* ---- lists ----------------------------------------------------------------------------------- */

static inline __attribute__((always_inline)) void link_block(struct hk_bin *bin, uint64_t *p)
{
	hk_set_room(bin, hk_room_of(bin) - 1);
	*p = (uint64_t)hk_head_of(bin) ^ hk_settled.key;
	hk_set_head(bin, p);
}

static inline uint64_t *follow(unsigned class, uint64_t *head, uint64_t **ret_next)
{
	if (unlikely((uintptr_t)head % HK_MIN_ALIGN == HK_TAINT)) /* as free() found it: idle.h */
		head = (uint64_t *)((uintptr_t)head & ~HK_TAINT);
	if ((uintptr_t)head % HK_MIN_ALIGN != 0 || hk_map_class(head) != class)
		hk_fault("corrupted free list: a freed block was written to; its link is", head);
	*ret_next = (uint64_t *)(head[0] ^ hk_settled.key);
	return head;
}

uint64_t *hk_follow(unsigned class, uint64_t *head, uint64_t **ret_next)
{
	return follow(class, head, ret_next);
}

/* Leaves the newest `keep` blocks in a bin that has more; the others come off as a chain. */
static struct hk_chain take_rest(
	unsigned class, struct hk_bin *bin, unsigned capacity, unsigned keep)
{
	struct hk_chain rest = {hk_head_of(bin), capacity - (unsigned)hk_room_of(bin) - keep};
	uint64_t *last = NULL;

	for (unsigned i = 0; i < keep; i++) {
		if (rest.head == HK_BIN_EMPTY)
			hk_fault("corrupted free list: a freed block was written to; it ends at",
				last);
		last = follow(class, rest.head, &rest.head);
	}
	if (last)
		*last = (uint64_t)HK_BIN_EMPTY ^ hk_settled.key;
	else
		hk_set_head(bin, HK_BIN_EMPTY);
	hk_set_room(bin, (int32_t)(capacity - keep));
	return rest;
}

/* To the stock, or to the slabs. */
static void give_rest(unsigned class, struct hk_chain rest)
{
	if (!hk_stock_give(class, rest))
		hk_chain_put_back(class, rest);
}

static void flush(struct hk_cache *cache, void (*give)(unsigned class, struct hk_chain chain))
{
	for (unsigned class = 1; class < HK_CLASSES; ++class)
		if (hk_head_of(&cache->bins[class]) != HK_BIN_EMPTY)
			give(class,
				take_rest(class, &cache->bins[class], cache->capacity[class], 0));
}

/* ---- a cache's life -------------------------------------------------------------------------- */

static bool is_asked(const struct hk_cache *cache)
{
	return __atomic_load_n(&cache->asked, __ATOMIC_ACQUIRE);
}

static void set_inverses(struct hk_cache *cache)
{
	bool slow = cache->defers || is_asked(cache);

	for (unsigned class = 1; class < HK_CLASSES; ++class)
		__atomic_store_n(&cache->bins[class].inverse, slow ? 0 : hk_classes[class].inverse,
			__ATOMIC_RELAXED);
}

static void make(struct hk_cache *cache)
{
	cache->cacheable = 0;
	for (unsigned class = 1; class < HK_CLASSES; ++class) {
		unsigned capacity = hk_classes[class].first_capacity;

		cache->capacity[class] = (uint16_t)capacity;
		cache->cacheable += capacity * hk_classes[class].size;
		hk_set_room(&cache->bins[class], (int32_t)capacity);
	}
	set_inverses(cache);
}

/* ThreadSanitizer forgets the thread in the last round, and must not see an atomic after that. */
#ifdef __SANITIZE_THREAD__
#define ROUNDS_ALIVE (PTHREAD_DESTRUCTOR_ITERATIONS - 2)
#else
#define ROUNDS_ALIVE (PTHREAD_DESTRUCTOR_ITERATIONS - 1)
#endif

static void be_born(struct hk_cache *cache)
{
	if (!hk_adopt(cache))
		make(cache);
	cache->state = ALIVE;
	cache->rounds_left = ROUNDS_ALIVE;
	cache->until_tick = SLOW_CALLS_PER_TICK;
	cache->until_look = cache->look_every = 1;
	hk_count(&hak_counters.threads, 1);
	hk_idle_register(cache);
	pthread_setspecific(at_end, cache);
}

/*
 * Runs among the thread's other destructors, in each round but the last only to be called again:
 * those that come later, and allocate, still find a cache. From then on each call goes to a depot.
 */
static void die(void *data)
{
	struct hk_cache *cache = data;

	if (cache->rounds_left-- > 0) {
		pthread_setspecific(at_end, cache);
		return;
	}
	hk_idle_unregister(cache);
	hk_cache_enter(cache);
	settle(cache);
	if (!hk_park(cache))
		flush(cache, give_rest);
	cache->defers = false;
	for (unsigned class = 0; class < HK_BINS; ++class)
		cache->bins[class] = (struct hk_bin)BIN;
	cache->state = DEAD;
	hk_cache_leave(cache);
	hk_uncount(&hak_counters.threads, 1);
}

/* 16 random bytes from the kernel, which libc made its own secrets of, mixed differently. */
static uint64_t make_key(void)
{
	uintptr_t address = getauxval(AT_RANDOM);
	uint64_t key = (uintptr_t)&hk_settled.key, random[2] = {0};

	if (address)
		memcpy(random, (const void *)address, sizeof(random));
	key ^= random[0] * 0x9e3779b97f4a7c15u ^ (random[1] << 17 | random[1] >> 47);
	key ^= key >> 29;
	key *= 0xbf58476d1ce4e5b9u;
	key ^= key >> 32;

	/* With a 6 no byte that programs like to fill memory with decodes to an aligned pointer. */
	return (uint64_t)HK_MARK << 48 | (key & 0x0000fffffffffff0) | 6;
}

bool hk_caches_init(void)
{
	hk_settled.key = make_key();
	return pthread_key_create(&at_end, die) == 0;
}

/* ---- batches --------------------------------------------------------------------------------- */

/* Doubles a bin's capacity, if the thread may cache that much. */
static void grow(struct hk_cache *cache, unsigned class)
{
	unsigned capacity = cache->capacity[class], more = capacity;
	size_t bytes;

	if (capacity + more > hk_classes[class].last_capacity)
		more = hk_classes[class].last_capacity - capacity;
	bytes = more * (size_t)hk_classes[class].size;
	if (more == 0 || cache->cacheable + bytes > hk_settled.options.cache_bytes)
		return;
	cache->cacheable += bytes;
	__atomic_store_n(&cache->capacity[class], (uint16_t)(capacity + more), __ATOMIC_RELAXED);
	hk_set_room(&cache->bins[class], hk_room_of(&cache->bins[class]) + (int32_t)more);
}

/* Empties a bin and forgets what it grew to. Returns how many blocks went back to their slabs. */
static unsigned shrink(struct hk_cache *cache, unsigned class)
{
	struct hk_bin *bin = &cache->bins[class];
	struct hk_chain rest = take_rest(class, bin, cache->capacity[class], 0);
	unsigned first = hk_classes[class].first_capacity;

	cache->cacheable -= (cache->capacity[class] - first) * (size_t)hk_classes[class].size;
	__atomic_store_n(&cache->capacity[class], (uint16_t)first, __ATOMIC_RELAXED);
	hk_set_room(bin, (int32_t)first);
	hk_chain_put_back(class, rest);
	return rest.count;
}

/* In a full bin. What is cached when most of the heap is over would pin a page with each block. */
static void make_room(struct hk_cache *cache, unsigned class)
{
	unsigned capacity = cache->capacity[class];

	if (hk_purge_is_swollen()) {
		shrink(cache, class);
	} else {
		give_rest(class, take_rest(class, &cache->bins[class], capacity, capacity / 2));
		grow(cache, class);
	}
}

/*
 * free() looks at a block's mark at once in a small heap, later in a large one, and while the
 * thread is to look at the clock. What is deferred when that is over waits on: the bins are about
 * to be changed here.
 */
static void choose_way(struct hk_cache *cache)
{
	uint64_t awaited = hk_counter(&hk_awaited_bytes);
	bool defers =
		cache->watches > 0 || awaited > (cache->defers ? LARGE_HEAP / 4 * 3 : LARGE_HEAP);

	if (defers == cache->defers)
		return;
	cache->defers = defers;
	set_inverses(cache);
}

static void tick(struct hk_cache *cache)
{
	if (--cache->until_tick > 0)
		return;
	cache->until_tick = SLOW_CALLS_PER_TICK;
	choose_way(cache);
	hk_purge_tick();
}

static void *take_one(unsigned class)
{
	void *block;

	return hk_depot_take(class, &block, 1) ? block : NULL;
}

/* Blocks of slabs, linked. */
static struct hk_chain carve(unsigned class, unsigned most)
{
	struct hk_chain chain = {HK_BIN_EMPTY, 0};
	void *batch[HK_CARVE_MAX];

	chain.count = hk_depot_take(class, batch, most < HK_CARVE_MAX ? most : HK_CARVE_MAX);
	/* The blocks come from another processor: nothing but their links is stored meanwhile. */
	for (unsigned i = chain.count; i-- > 0; chain.head = batch[i])
		*(uint64_t *)batch[i] = (uint64_t)chain.head ^ hk_settled.key;
	return chain;
}

static void *pop(struct hk_bin *bin, unsigned class)
{
	uint64_t *next, *p = follow(class, hk_head_of(bin), &next);

	hk_set_room(bin, hk_room_of(bin) + 1);
	hk_set_head(bin, next);
	*p = 0;
	return p;
}

/* A block, and more for the bin, which is empty. */
static void *refill(struct hk_cache *cache, unsigned class)
{
	struct hk_bin *bin = &cache->bins[class];
	struct hk_chain chain = hk_stock_take(class, cache->capacity[class]);

	HK_CLASS_STAT(stock_hits, chain.count > 0);
	if (chain.count == 0)
		chain = carve(class, (cache->capacity[class] + 1u) / 2);
	if (chain.count == 0)
		return NULL;
	hk_set_head(bin, chain.head);
	hk_set_room(bin, (int32_t)(cache->capacity[class] - chain.count));
	grow(cache, class);
	return pop(bin, class);
}

void *hk_cache_take(unsigned class)
{
	struct hk_cache *cache = &hk_cache;
	struct hk_bin *bin = &cache->bins[class];
	void *p;

	if (cache->state == UNBORN)
		be_born(cache);
	if (cache->state == DEAD)
		return take_one(class);
	hk_cache_enter(cache);
	if (hk_head_of(bin) == HK_BIN_EMPTY) {
		HK_CLASS_STAT(misses[class], 1);
		tick(cache);
	}
	/* Not empty: an adopted cache, or a class that was chosen here. */
	p = hk_head_of(bin) != HK_BIN_EMPTY ? pop(bin, class) : refill(cache, class);
	hk_cache_leave(cache);
	return p;
}

/* Whether p is in this thread's bin, or in one of a thread that has ended. */
static bool is_cached(unsigned class, const void *p)
{
	uint64_t *next = hk_head_of(&hk_cache.bins[class]);
	bool found = false;

	while (next != HK_BIN_EMPTY && !found)
		found = follow(class, next, &next) == p;
	return found || hk_parked_has(class, p);
}

/* Ends the program if a block is free. */
static void require_used(unsigned class, const void *p)
{
	unsigned index;

	if (is_cached(class, p))
		hk_fault("free(): double free", p);
	if (hk_slab_index(class, p, &index) && hk_depot_has(class, p))
		hk_fault(hk_slab_misuse(hk_slab_of(p), index), p);
}

/* p lies in a page that was given back, and its mark with it: no block there is in use. */
static bool lost_its_mark(const void *p)
{
	return hk_map_word(p) == HK_SPARSE * HK_BIN_WORDS && hk_slab_is_clean_at(hk_slab_of(p), p);
}

void hk_cache_give(unsigned class, void *p)
{
	struct hk_cache *cache = &hk_cache;
	struct hk_bin *bin = &cache->bins[class];

	if (cache->state == UNBORN)
		be_born(cache);
	hk_cache_enter(cache);
	if (lost_its_mark(p) || hk_is_marked(p)) {
		require_used(class, p);
		HK_MARK_MISMATCH(p);
	}
	if (cache->state == DEAD) {
		*(uint64_t *)p = HK_MARKED;
		hk_depot_give(class, &p, 1);
	} else {
		if (hk_room_of(bin) <= 0)
			tick(cache);
		if (hk_room_of(bin) <= 0) /* the look at the clock may have emptied it */
			make_room(cache, class);
		link_block(bin, p);
	}
	hk_cache_leave(cache);
}

void hk_cache_finish(void *p)
{
	unsigned class = hk_map_class(p), index;

	if (class >= HK_CLASSES || !hk_slab_index(class, p, &index))
		hk_fault("free(): double free", p);
	hk_cache_give(class, p);
}

bool hk_cache_watch(void *p)
{
	struct hk_cache *cache = &hk_cache;

	if (cache->state != ALIVE || !is_asked(cache))
		return false;
	cache->watches = WATCHES;
	__atomic_store_n(&cache->asked, false, __ATOMIC_RELAXED);
	choose_way(cache);
	return hk_defer(p);
}

void hk_cache_look(void)
{
	struct hk_cache *cache = &hk_cache;

	if (hk_purge_tick())
		cache->look_every = (uint8_t)((cache->look_every + 1) / 2);
	else if (cache->look_every < LOOK_EVERY_MOST)
		cache->look_every = (uint8_t)(cache->look_every * 2);
	cache->until_look = cache->look_every;
	if (cache->watches > 0 && --cache->watches == 0) {
		cache->watches = hk_purge_is_swollen() ? WATCHES : 0;
		choose_way(cache);
	}
}

static void settle(struct hk_cache *cache)
{
	for (unsigned i = 0; i < HK_DEFERRED; i++) {
		void *p = cache->deferred[i];

		cache->deferred[i] = NULL;
		if (p)
			hk_cache_finish(p);
	}
}

void hk_cache_settle(void)
{
	hk_cache_enter(&hk_cache);
	settle(&hk_cache);
	hk_cache_leave(&hk_cache);
}

void hk_cache_flush(void)
{
	struct hk_cache *cache = &hk_cache;

	if (cache->state != ALIVE)
		return;
	hk_cache_enter(cache);
	settle(cache);
	flush(cache, hk_chain_put_back);
	hk_cache_leave(cache);
}

unsigned hk_cache_flush_class(unsigned class)
{
	struct hk_cache *cache = &hk_cache;
	unsigned count;

	if (cache->state != ALIVE)
		return 0;
	hk_cache_enter(cache);
	settle(cache);
	count = shrink(cache, class);
	hk_cache_leave(cache);
	return count;
}

void hk_caches_flush_parked(void)
{
	struct hk_cache cache;

	while (hk_adopt(&cache))
		flush(&cache, hk_chain_put_back);
}
