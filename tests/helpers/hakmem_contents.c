/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hakmem_contents blocks|realloc|calloc|threads: blocks keep what is written into them, to the last
 * usable byte, overlap no other, and are zero where they must be. Silent and 0 when all is well.
 */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define THREADS 4
#define SLOTS 2003
#define TURNS 400000

static void *(*volatile do_malloc)(size_t) = malloc;
static void *(*volatile do_calloc)(size_t, size_t) = calloc;
static void *(*volatile do_realloc)(void *, size_t) = realloc;
static void *(*volatile do_memalign)(size_t, size_t) = memalign;
static void (*volatile do_free)(void *) = free;

static _Noreturn void fault(const char *what, const void *block, size_t a, size_t b)
{
	fprintf(stderr, "%s: block %p, %zu, %zu\n", what, block, a, b);
	_exit(1);
}

static uint64_t draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	return *state ^= *state << 17;
}

/* Each byte depends on the seed and on its place, so that a block moved or mixed up shows. */
static inline uint8_t pattern(uint64_t seed, size_t at)
{
	return (uint8_t)((seed + at) * 0x9e3779b97f4a7c15ull >> 56);
}

static void fill(uint8_t *block, size_t size, uint64_t seed)
{
	for (size_t i = 0; i < size; i++)
		block[i] = pattern(seed, i);
}

static void verify(const uint8_t *block, size_t size, uint64_t seed)
{
	for (size_t i = 0; i < size; i++)
		if (block[i] != pattern(seed, i))
			fault("contents lost", block, size, i);
}

/* ---- blocks of all sizes, 32 MB of them at a time ------------------------------------------ */

struct block {
	uint8_t *start;
	size_t asked, usable;
};

static struct block live[4096];

static int by_address(const void *a, const void *b)
{
	const struct block *left = a, *right = b;

	return (left->start > right->start) - (left->start < right->start);
}

static void check_and_free(size_t count)
{
	for (size_t i = 0; i < count; i++)
		verify(live[i].start, live[i].usable, live[i].asked);
	qsort(live, count, sizeof(live[0]), by_address);
	for (size_t i = 1; i < count; i++)
		if (live[i - 1].start + live[i - 1].usable > live[i].start)
			fault("overlap", live[i].start, live[i - 1].usable, live[i].usable);
	/* First every third, so that what is freed lies between what is not. */
	for (size_t k = 0; k < 3; k++)
		for (size_t i = k; i < count; i += 3)
			do_free(live[i].start);
}

static void try_sizes(size_t from, size_t to, size_t step)
{
	size_t count = 0, bytes = 0;

	for (size_t size = from; size <= to; size += step) {
		struct block *block = &live[count++];

		block->asked = size;
		block->start = do_malloc(size);
		if (!block->start || (uintptr_t)block->start % 16)
			fault("no good block", block->start, size, 0);
		block->usable = malloc_usable_size(block->start);
		if (block->usable < size)
			fault("usable for less", block->start, size, block->usable);
		fill(block->start, block->usable, size);
		bytes += block->usable;
		if (count < COUNT(live) && bytes < 32000000 && size + step <= to)
			continue;
		check_and_free(count);
		count = bytes = 0;
	}
}

static void try_blocks(void)
{
	static const size_t steps[][3] = {{1, 3000, 1}, {1, 40000, 13}, {1, 200000, 101},
		{2, 200000, 499}, {190000, 4200000, 99991}};

	for (size_t i = 0; i < COUNT(steps); i++)
		try_sizes(steps[i][0], steps[i][1], steps[i][2]);
	for (int turn = 0; turn < 20; turn++)
		try_sizes(24, 24 + 4000, 1);
}

/* ---- realloc: from each size to each, and there and back ----------------------------------- */

static const size_t sizes[] = {1, 16, 17, 24, 100, 1000, 1024, 1025, 4096, 5000, 32768, 65536,
	65537, 70000, 131072, 300000, 1048576, 2097152, 2097153, 3000000, 5000000, 40000000};

/* Of large blocks, a sample of the pages. */
static void paint(uint8_t *block, size_t size, uint64_t seed)
{
	for (size_t i = 0; i < size; i += i < 70000 ? 1 : 509)
		block[i] = pattern(seed, i);
	block[size - 1] = pattern(seed, size - 1);
}

static void compare(const uint8_t *block, size_t painted, size_t size, uint64_t seed)
{
	for (size_t i = 0; i < size; i += i < 70000 ? 1 : 509)
		if (block[i] != pattern(seed, i))
			fault("realloc lost contents", block, size, i);
	if (painted <= size && block[painted - 1] != pattern(seed, painted - 1))
		fault("realloc lost the end", block, painted, size);
}

static void try_pair(size_t from, size_t to, size_t alignment)
{
	uint8_t *block = alignment ? do_memalign(alignment, from) : do_malloc(from);
	uint8_t *behind = do_malloc(from); /* what is likely to lie in the way */

	paint(block, from, from);
	paint(behind, from, ~from);
	block = do_realloc(block, to);
	if (!block || malloc_usable_size(block) < to)
		fault("realloc gave no good block", block, from, to);
	compare(block, from, from < to ? from : to, from);
	paint(block, to, to);
	compare(behind, from, from, ~from);
	do_free(behind);
	compare(block, to, to, to);
	do_free(block);
}

static void try_realloc(void)
{
	uint8_t *block = NULL;

	for (size_t i = 0; i < COUNT(sizes); i++)
		for (size_t k = 0; k < COUNT(sizes); k++) {
			try_pair(sizes[i], sizes[k], 0);
			if (sizes[i] < 10000000 && sizes[k] < 10000000)
				try_pair(sizes[i], sizes[k], (i + k) % 2 ? 256 : 262144);
		}
	for (size_t n = 1, was = 0; n < 60000000; was = n, n += n / 16 + 7) {
		block = do_realloc(block, n);
		compare(block, was ? was : 1, was, 5);
		paint(block, n, 5);
	}
	for (size_t n = 60000000; n > 0; n = n * 9 / 10) {
		block = do_realloc(block, n);
		paint(block, n, n);
		compare(block, n, n, n);
	}
	do_free(block);
}

/* ---- calloc: zeros, whatever was there and whatever became of it meanwhile ----------------- */

static void check_zero(const uint8_t *block, size_t size)
{
	if (!block)
		fault("calloc gave nothing", block, size, 0);
	if (block[0] || memcmp(block, block + 1, size - 1) != 0)
		fault("calloc gave no zeros", block, size, 0);
}

static void try_dirty_reuse(size_t size)
{
	enum { MOST = 3000 };
	static uint8_t *blocks[MOST];
	size_t count = 20000000 / size < 2 ? 2 : 20000000 / size > MOST ? MOST : 20000000 / size;

	for (size_t i = 0; i < count; i++) {
		blocks[i] = do_malloc(size);
		memset(blocks[i], 0xdd, malloc_usable_size(blocks[i]));
	}
	for (size_t i = 0; i < count; i++)
		do_free(blocks[i]);
	for (size_t i = 0; i < count; i++) {
		blocks[i] = i % 2 ? do_calloc(size, 1) : do_calloc(1, size);
		check_zero(blocks[i], size);
		memset(blocks[i], 0xdd, size);
	}
	for (size_t i = 0; i < count; i++)
		do_free(blocks[i]);
}

/* Runs of memory of many lengths come and go; some are trimmed, some are left long enough. */
static void try_mixed_reuse(void)
{
	static struct block held[61];
	uint64_t state = 88172645463325252ull;

	for (int turn = 0; turn < 30000; turn++) {
		struct block *block = &held[draw(&state) % COUNT(held)];

		if (block->start) {
			memset(block->start, 0xdd, block->asked);
			do_free(block->start);
			block->start = NULL;
		} else {
			block->asked = 1 + draw(&state) % (turn % 8 ? 200000 : 3000000);
			block->start = do_calloc(1, block->asked);
			check_zero(block->start, block->asked);
		}
		if (turn % 1000 == 0)
			malloc_trim(0);
		if (turn % 3000 == 0)
			usleep(200000);
	}
	for (size_t i = 0; i < COUNT(held); i++)
		do_free(held[i].start);
}

static void try_calloc(void)
{
	for (size_t i = 0; i < COUNT(sizes); i++)
		try_dirty_reuse(sizes[i]);
	try_mixed_reuse();
}

/* ---- threads that free each other's blocks ------------------------------------------------- */

static _Atomic(uint8_t *) shared[SLOTS];

static uint8_t *new_block(uint64_t *state)
{
	size_t size = 16 + draw(state) % (draw(state) % 64          ? 2000
						 : draw(state) % 64 ? 80000
								    : 3000000);
	uint64_t seed = draw(state);
	uint8_t *block;

	switch (draw(state) % 4) {
	case 0:
		block = do_calloc(1, size);
		check_zero(block, size);
		break;
	case 1:
		block = do_memalign((size_t)16 << draw(state) % 10, size);
		break;
	default:
		block = do_malloc(size);
	}
	if (!block)
		fault("no block", block, size, 0);
	memcpy(block, &size, 8);
	memcpy(block + 8, &seed, 8);
	fill(block + 16, size - 16, seed);
	return block;
}

static void end_block(uint8_t *block, uint64_t *state)
{
	size_t size, kept;
	uint64_t seed;

	if (!block)
		return;
	memcpy(&size, block, 8);
	memcpy(&seed, block + 8, 8);
	verify(block + 16, size - 16, seed);
	if (draw(state) % 8 == 0) {
		kept = 17 + draw(state) % 5000;
		block = do_realloc(block, kept);
		verify(block + 16, (kept < size ? kept : size) - 16, seed);
	}
	do_free(block);
}

static void *exchange(void *number)
{
	uint64_t state = 0x9e3779b97f4a7c15ull * (1 + (uintptr_t)number);

	for (int turn = 0; turn < TURNS / THREADS; turn++) {
		uint8_t *fresh = draw(&state) % 2 ? new_block(&state) : NULL;

		end_block(atomic_exchange(&shared[draw(&state) % SLOTS], fresh), &state);
	}
	return NULL;
}

static void try_threads(void)
{
	pthread_t threads[THREADS];
	uint64_t state = 1;

	for (int round = 0; round < 4; round++) {
		for (uintptr_t i = 0; i < THREADS; i++)
			pthread_create(
				&threads[i], NULL, exchange, (void *)(i + 10 * (unsigned)round));
		for (int i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
	}
	for (int i = 0; i < SLOTS; i++)
		end_block(atomic_exchange(&shared[i], NULL), &state);
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	if (strcmp(what, "blocks") == 0)
		try_blocks();
	else if (strcmp(what, "realloc") == 0)
		try_realloc();
	else if (strcmp(what, "calloc") == 0)
		try_calloc();
	else if (strcmp(what, "threads") == 0)
		try_threads();
	else
		return 2;
	return 0;
}
