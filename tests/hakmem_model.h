/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the fuzzer knows of the heap: all live blocks in the order of their addresses, none of which
 * may overlap another, and what was written into each. Blocks are known by their place in that
 * order, model_nth(), which changes with each that is added or removed.
 *
 * A fault ends the process, with a line that says what, at which call, and how to see it again.
 */
#ifndef TESTS_HAKMEM_MODEL_H
#define TESTS_HAKMEM_MODEL_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/hakmem_pattern.h"
#include "tests/hakmem_seeds.h"

#define MODEL_BLOCKS ((size_t)6007)

struct block {
	uint8_t *start;
	size_t size;   /* that was asked for */
	size_t filled; /* with the pattern: size, or all that is usable */
	size_t usable;
	uint64_t seed;
};

static struct model {
	struct block pool[MODEL_BLOCKS], *unused[MODEL_BLOCKS];
	struct block *live[MODEL_BLOCKS]; /* by start */
	size_t count, bytes;              /* bytes: the sum of what is usable */
	uint64_t seed;                    /* the last one that was given to a block */
} model;

static inline _Noreturn void model_fault(const char *what, const void *p, size_t a, size_t b)
{
	printf("# %s: block %p, %zu, %zu (%#zx, %#zx)\n", what, p, a, b, a, b);
	fflush(stdout);
	seeds_show_replay();
	_exit(1);
}

static inline size_t model_count(void)
{
	return model.count;
}

static inline size_t model_bytes(void)
{
	return model.bytes;
}

static inline struct block *model_nth(size_t n)
{
	return model.live[n];
}

/* How many begin below an address. */
static inline size_t model_below(const void *start)
{
	size_t low = 0, high = model.count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (model.live[middle]->start < (const uint8_t *)start)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A block of no size has its address for itself all the same. */
static inline uint8_t *model_end(const struct block *block)
{
	return block->start + (block->usable ? block->usable : 1);
}

/* There is room for it: model_count() is below MODEL_BLOCKS. */
static inline void model_add(void *start, size_t size, size_t filled, size_t usable)
{
	size_t at = model_below(start);
	struct block *block = model.unused[MODEL_BLOCKS - 1 - model.count];

	if (!block) /* never used yet */
		block = &model.pool[model.count];
	*block = (struct block){start, size, filled, usable, ++model.seed << 20};
	if (at < model.count && model_end(block) > model.live[at]->start)
		model_fault("overlaps the next block", start, usable,
			(size_t)(model.live[at]->start - block->start));
	if (at > 0 && model_end(model.live[at - 1]) > block->start)
		model_fault("overlaps the block before", start, usable,
			(size_t)(block->start - model.live[at - 1]->start));
	memmove(&model.live[at + 1], &model.live[at], (model.count - at) * sizeof(block));
	model.live[at] = block;
	model.count++;
	model.bytes += usable;
	pattern_fill(start, filled, block->seed);
}

static inline void model_check(const struct block *block)
{
	size_t at;

	if (!pattern_good(block->start, block->filled, block->filled, block->seed, &at))
		model_fault("contents changed", block->start, block->filled, at);
}

/* Before it is freed or resized. What is returned can be read until the next model_add(). */
static inline struct block *model_remove(struct block *block)
{
	size_t at = model_below(block->start);

	model_check(block);
	model.count--;
	model.bytes -= block->usable;
	memmove(&model.live[at], &model.live[at + 1], (model.count - at) * sizeof(block));
	model.unused[MODEL_BLOCKS - 1 - model.count] = block;
	return block;
}

#endif
