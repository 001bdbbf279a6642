/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers frames and stacks. Called by heap_samples.c. */
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/heap_sites.h"

/* A known frame, or stack of frames, to be found again by tsearch(). */
struct frame_node {
	struct heap_frame frame;
	uint32_t number;
};

struct site_node {
	struct heap_site site;
	uint32_t number;
};

struct list {
	void **items;
	size_t count, room;
};

struct heap_sites {
	void *frame_index, *site_index;
	struct list frames, sites; /* by number; of frames, number 0 is nobody */
};

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_frames(const void *one, const void *other)
{
	const struct frame_node *a = one, *b = other;
	int order = compare_numbers((uintptr_t)a->frame.file, (uintptr_t)b->frame.file);

	return order ? order : compare_numbers(a->frame.address, b->frame.address);
}

static int compare_sites(const void *one, const void *other)
{
	const struct site_node *a = one, *b = other;
	int order = compare_numbers(a->site.count, b->site.count);

	if (!order)
		order = compare_numbers(a->site.end, b->site.end);
	return order ? order
		     : memcmp(a->site.frames, b->site.frames,
			       a->site.count * sizeof(*a->site.frames));
}

static bool append(struct list *list, void *item)
{
	size_t room = 2 * list->room + 64;
	void **grown;

	if (list->count == list->room) {
		grown = reallocarray(list->items, room, sizeof(*grown));
		if (!grown)
			return false;
		list->items = grown;
		list->room = room;
	}
	list->items[list->count++] = item;
	return true;
}

/* Enters a copy of what was looked for; NULL when memory is short. */
static void *enter(void **index, struct list *list, const void *node, size_t size,
	int (*compare)(const void *, const void *))
{
	void *copy = malloc(size);

	if (!copy)
		return NULL;
	memcpy(copy, node, size);
	if (!append(list, copy)) {
		free(copy);
		return NULL;
	}
	if (tsearch(copy, index, compare))
		return copy;
	list->count--;
	free(copy);
	return NULL;
}

/* 0 when memory is short. */
static uint32_t number_frame(struct heap_sites *sites, const struct heap_frame *frame)
{
	struct frame_node node = {*frame, (uint32_t)sites->frames.count};
	struct frame_node **found = tfind(&node, &sites->frame_index, compare_frames);

	if (found)
		return (*found)->number;
	return enter(&sites->frame_index, &sites->frames, &node, sizeof(node), compare_frames)
		       ? node.number
		       : 0;
}

static uint32_t enter_site(struct heap_sites *sites, struct site_node *node)
{
	size_t bytes = node->site.count * sizeof(*node->site.frames);
	uint32_t *frames = malloc(bytes + 1);

	if (!frames)
		return 0;
	memcpy(frames, node->site.frames, bytes);
	node->site.frames = frames;
	node->number = (uint32_t)sites->sites.count;
	if (enter(&sites->site_index, &sites->sites, node, sizeof(*node), compare_sites))
		return node->number;
	free(frames);
	return 0;
}

uint32_t heap_sites_find(struct heap_sites *sites, const struct heap_frame *frames, size_t count,
	enum unwind_end end)
{
	uint32_t numbers[UNWIND_DEPTH];
	struct site_node node = {.site = {.frames = numbers, .count = count, .end = end}}, **found;

	for (size_t i = 0; i < count; i++) {
		numbers[i] = number_frame(sites, &frames[i]);
		if (!numbers[i])
			return 0;
	}
	found = tfind(&node, &sites->site_index, compare_sites);
	if (found)
		return (*found)->number;
	return sites->sites.count > HEAP_SITES_MAX ? 0 : enter_site(sites, &node);
}

size_t heap_sites_count(const struct heap_sites *sites)
{
	return sites->sites.count;
}

struct heap_site *heap_sites_at(struct heap_sites *sites, uint32_t number)
{
	return &((struct site_node *)sites->sites.items[number])->site;
}

size_t heap_sites_frames(const struct heap_sites *sites)
{
	return sites->frames.count;
}

const struct heap_frame *heap_sites_frame(const struct heap_sites *sites, uint32_t number)
{
	return &((const struct frame_node *)sites->frames.items[number])->frame;
}

static void ignore(void *item)
{
	(void)item; /* the list frees it */
}

struct heap_sites *heap_sites_new(void)
{
	struct heap_sites *sites = calloc(1, sizeof(*sites));
	struct frame_node *nobody = calloc(1, sizeof(*nobody));
	struct site_node *others = calloc(1, sizeof(*others));

	if (sites && nobody && append(&sites->frames, nobody)) {
		nobody = NULL;
		if (others && append(&sites->sites, others))
			return sites;
	}
	free(nobody);
	free(others);
	heap_sites_free(sites);
	return NULL;
}

void heap_sites_free(struct heap_sites *sites)
{
	if (!sites)
		return;
	tdestroy(sites->frame_index, ignore);
	tdestroy(sites->site_index, ignore);
	for (size_t i = 0; i < sites->frames.count; i++)
		free(sites->frames.items[i]);
	for (size_t i = 0; i < sites->sites.count; i++) {
		free((void *)((struct site_node *)sites->sites.items[i])->site.frames);
		free(sites->sites.items[i]);
	}
	free(sites->frames.items);
	free(sites->sites.items);
	free(sites);
}
