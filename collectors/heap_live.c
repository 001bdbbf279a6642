/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hash table of sampled blocks. Called by heap_samples.c. */
#include <math.h>
#include <stdlib.h>

#include "collectors/heap_live.h"

struct heap_weight heap_weight_of(uint64_t size, uint64_t held, uint64_t mean)
{
	double p = -expm1(-(double)size / (double)mean), bytes = (double)held / p;

	return (struct heap_weight){bytes, 1 / p, bytes * bytes * (1 - p)};
}

void heap_live_release(struct heap_live *live)
{
	free(live->places);
	*live = (struct heap_live){0};
}

static size_t home(const struct heap_live *live, uint32_t process, uint64_t address)
{
	uint64_t hash = (address >> 4 ^ (uint64_t)process << 44) * UINT64_C(0x9e3779b97f4a7c15);

	return (hash ^ hash >> 32) & (live->room - 1);
}

/* Where the block is, or the free place where it would be. */
static size_t find(const struct heap_live *live, uint32_t process, uint64_t address)
{
	size_t i = home(live, process, address);

	while (live->places[i].address &&
		(live->places[i].address != address || live->places[i].process != process))
		i = (i + 1) & (live->room - 1);
	return i;
}

static bool grow(struct heap_live *live)
{
	struct heap_live grown = {.room = live->room ? 2 * live->room : 1024};

	grown.places = calloc(grown.room, sizeof(*grown.places));
	if (!grown.places)
		return false;
	for (size_t i = 0; i < live->room; i++)
		if (live->places[i].address)
			heap_live_add(&grown, &live->places[i]);
	free(live->places);
	*live = grown;
	return true;
}

bool heap_live_add(struct heap_live *live, const struct heap_block *block)
{
	struct heap_block *place;

	if (2 * live->count >= live->room && !grow(live))
		return false;
	place = &live->places[find(live, block->process, block->address)];
	live->count += !place->address;
	*place = *block;
	return true;
}

/* Closes the gap: what follows may have had to go past it (D. Knuth, TAOCP 6.4, algorithm R). */
static void remove_at(struct heap_live *live, size_t gap)
{
	size_t mask = live->room - 1;

	live->count--;
	for (size_t i = (gap + 1) & mask; live->places[i].address; i = (i + 1) & mask) {
		size_t wanted = home(live, live->places[i].process, live->places[i].address);

		if (((i - wanted) & mask) < ((i - gap) & mask))
			continue;
		live->places[gap] = live->places[i];
		gap = i;
	}
	live->places[gap] = (struct heap_block){0};
}

bool heap_live_remove(
	struct heap_live *live, uint32_t process, uint64_t address, struct heap_block *ret_block)
{
	size_t i;

	if (!live->room || !address)
		return false;
	i = find(live, process, address);
	if (!live->places[i].address)
		return false;
	*ret_block = live->places[i];
	remove_at(live, i);
	return true;
}

void heap_live_remove_all(struct heap_live *live, uint32_t process,
	void (*gone)(void *context, const struct heap_block *block), void *context)
{
	for (size_t i = 0; i < live->room; i++)
		while (live->places[i].address && live->places[i].process == process) {
			gone(context, &live->places[i]);
			remove_at(live, i); /* another block may have come here */
		}
}

bool heap_live_inherit(struct heap_live *live, uint32_t parent, uint32_t child,
	void (*born)(void *context, const struct heap_block *block), void *context)
{
	struct heap_block *blocks = calloc(live->count + 1, sizeof(*blocks));
	bool fits = blocks != NULL;
	size_t count = 0;

	/* Adding may move the table, so they are collected first. */
	for (size_t i = 0; fits && i < live->room; i++)
		if (live->places[i].address && live->places[i].process == parent)
			blocks[count++] = live->places[i];
	for (size_t i = 0; fits && i < count; i++) {
		blocks[i].process = child;
		fits = heap_live_add(live, &blocks[i]);
		if (fits)
			born(context, &blocks[i]);
	}
	free(blocks);
	return fits;
}
