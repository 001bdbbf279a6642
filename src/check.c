/* SPDX-License-Identifier: MIT */
/*
 * HAKMEM_CHECK: allocation with guards around each block. Called by the entry points (malloc.c)
 * in that mode alone.
 */
#include "src/check.h"
#include "src/cache.h"
#include "src/depot.h"
#include "src/fault.h"
#include "src/heap.h"
#include "src/lock.h"
#include "src/settled.h"
#include "src/superslab.h"

#include <stdint.h>
#include <string.h>

#define GUARD 0xfd       /* behind what was asked for */
#define FRESH 0xcd       /* in a block from malloc() */
#define FREED 0xdf       /* in a block that was freed */
#define FILLED_MAX 65536 /* of a block; more would make memory resident for nothing */
#define GUARDED_MAX 4096

#define TAIL (sizeof(uint64_t) + 8) /* the seal, and at least 8 guard bytes */
#define DEAD UINT64_MAX

#define HELD_MAX 4096
#define HELD_BYTES ((size_t)16 << 20)
#define FREES_PER_WALK 65536

/* Freed blocks that are held back, in a ring, oldest first. */
static struct hk_lock lock;
static void *held[HELD_MAX];
static unsigned held_first, held_count;
static size_t held_bytes;
static unsigned frees_until_walk = FREES_PER_WALK;

static uint64_t *seal_of(const void *p)
{
	return (uint64_t *)((uintptr_t)p + hk_usable_size(p)) - 1;
}

static void seal(void *p, uint64_t size)
{
	*seal_of(p) = size ^ hk_settled.key ^ (uintptr_t)p;
}

static uint64_t unseal(const void *p)
{
	return *seal_of(p) ^ hk_settled.key ^ (uintptr_t)p;
}

static size_t guarded(const void *p, size_t size)
{
	size_t room = hk_usable_size(p) - sizeof(uint64_t) - size;

	return room < GUARDED_MAX ? room : GUARDED_MAX;
}

static bool is_filled(const void *start, size_t bytes, unsigned char with)
{
	const unsigned char *byte = start;

	for (size_t i = 0; i < bytes; i++)
		if (byte[i] != with)
			return false;
	return true;
}

static size_t filled(const void *p)
{
	size_t bytes = hk_usable_size(p) - sizeof(uint64_t);

	return bytes < FILLED_MAX ? bytes : FILLED_MAX;
}

/* A block that the program has, or that is held back. */
static void look_at(void *p)
{
	size_t size = unseal(p);

	if (size == DEAD) {
		if (!is_filled(p, filled(p), FREED))
			hk_fault("a freed block was written to", p);
		return;
	}
	if (size > hk_usable_size(p) - TAIL ||
		!is_filled((char *)p + size, guarded(p, size), GUARD))
		hk_fault("a block was written to past its end", p);
}

/* p, which the program names, is a block of its own and whole. */
static size_t look_at_live(const void *p)
{
	unsigned class = hk_map_class(p);

	if (class == 0 || class == HK_HEADER || (uintptr_t)p % HK_MIN_ALIGN != 0)
		hk_fault("free(): invalid pointer", p);
	if (class < HK_CLASSES) {
		unsigned index;

		if (!hk_slab_index(class, p, &index))
			hk_fault("free(): invalid pointer", p);
		if (hk_depot_has(class, p))
			hk_fault("free(): double free", p);
	}
	if (unseal(p) == DEAD)
		hk_fault("free(): double free", p);
	look_at((void *)p);
	return unseal(p);
}

size_t hk_check_size(const void *p)
{
	return look_at_live(p);
}

static void fill(void *p, size_t size, bool zero, bool clean)
{
	if (zero && !clean)
		memset(p, 0, size);
	else if (!zero)
		memset(p, FRESH, size < FILLED_MAX ? size : FILLED_MAX);
	memset((char *)p + size, GUARD, guarded(p, size));
	seal(p, size);
}

void *hk_check_alloc(size_t align, size_t size, bool zero)
{
	bool clean;
	void *p;

	if (size > PTRDIFF_MAX - TAIL)
		return NULL;
	hk_lock(&lock); /* or a walk might come by before the block is sealed */
	p = hk_alloc_aligned(align, size + TAIL, &clean);
	if (p)
		fill(p, size, zero, clean);
	hk_unlock(&lock);
	return p;
}

static void release_oldest(void)
{
	void *p = held[held_first];

	look_at(p);
	held_first = (held_first + 1) % HELD_MAX;
	held_count--;
	held_bytes -= hk_usable_size(p);
	hk_free(p);
}

void hk_check_free(void *p)
{
	bool walk;

	look_at_live(p);
	hk_lock(&lock);
	seal(p, DEAD);
	memset(p, FREED, filled(p));
	while (held_count == HELD_MAX ||
		(held_count > 0 && held_bytes + hk_usable_size(p) > HELD_BYTES))
		release_oldest();
	held[(held_first + held_count++) % HELD_MAX] = p;
	held_bytes += hk_usable_size(p);
	walk = --frees_until_walk == 0;
	if (walk) {
		frees_until_walk = FREES_PER_WALK;
		for (unsigned i = 0; i < held_count; i++)
			look_at(held[(held_first + i) % HELD_MAX]);
	}
	hk_unlock(&lock);
}

void *hk_check_realloc(void *p, size_t size)
{
	size_t had = look_at_live(p);
	void *to = hk_check_alloc(HK_MIN_ALIGN, size, false);

	if (!to)
		return NULL;
	memcpy(to, p, had < size ? had : size);
	hk_check_free(p);
	return to;
}

void hk_check_at_exit(void)
{
	hk_lock(&lock);
	hk_walk_blocks(look_at);
	hk_unlock(&lock);
}

void hk_check_lock(void)
{
	hk_lock(&lock);
}

void hk_check_unlock(void)
{
	hk_unlock(&lock);
}
