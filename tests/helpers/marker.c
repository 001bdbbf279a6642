/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A program that marks what it does.
 *
 *	marker burst N                    N marks at once, "mark 1" and so on
 *	marker rounds N MIB KEPT [MS]     N times: "busy", takes MIB, holds it for MS (400) ms,
 *	                                  gives back all but KEPT, "idle", rests for MS ms
 *	marker blocks N MIB MS            holds MIB in blocks; N times "busy", takes as much again,
 *	                                  frees it, "idle", rests for MS ms in light use
 *	marker wait                       waits for the end of its input
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SOAKOPS_IMPLEMENTATION
#include "collectors/ops/soakops.h"

static void burst(int n)
{
	char text[64];

	for (int i = 1; i <= n; i++) {
		snprintf(text, sizeof(text), "mark %d", i);
		soakops_mark(text);
	}
}

static void rest(int ms)
{
	usleep((useconds_t)ms * 1000);
}

static void work(size_t mib, size_t kept, int ms)
{
	char *memory;

	soakops_mark("busy");
	memory = mmap(NULL, mib << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		exit(1);
	memset(memory, 1, mib << 20);
	rest(ms);
	if (kept < mib)
		munmap(memory + (kept << 20), (mib - kept) << 20);
	soakops_mark("idle");
	rest(ms);
}

#define BLOCK 256

/* The compiler would remove pairs of calls that it knows. */
static void *(*volatile take)(size_t) = malloc;
static void (*volatile give)(void *) = free;

static void **take_blocks(size_t n)
{
	void **blocks = mmap(NULL, n * sizeof(*blocks), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (blocks == MAP_FAILED)
		exit(1);
	for (size_t i = 0; i < n; i++) {
		blocks[i] = take(BLOCK);
		if (!blocks[i])
			exit(1);
		memset(blocks[i], 1, BLOCK);
	}
	return blocks;
}

static void rest_lightly(int ms)
{
	for (; ms > 0; ms--) {
		give(take(BLOCK));
		rest(1);
	}
}

/* A block lives on that was taken last: to cut off the heap's end gives nothing back. */
static void work_in_blocks(size_t n, int ms)
{
	void **blocks;

	soakops_mark("busy");
	blocks = take_blocks(n);
	take(BLOCK);
	for (size_t i = 0; i < n; i++)
		give(blocks[i]);
	munmap(blocks, n * sizeof(*blocks));
	soakops_mark("idle");
	rest_lightly(ms);
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[2]) : 0, ms = argc > 5 ? atoi(argv[5]) : 400;

	if (argc > 2 && strcmp(argv[1], "burst") == 0) {
		burst(n);
		return 0;
	}
	if (argc > 4 && strcmp(argv[1], "rounds") == 0) {
		rest(ms);
		for (int i = 0; i < n; i++)
			work((size_t)atol(argv[3]), (size_t)atol(argv[4]), ms);
		return 0;
	}
	if (argc > 4 && strcmp(argv[1], "blocks") == 0) {
		take_blocks(((size_t)atol(argv[3]) << 20) / BLOCK);
		rest_lightly(atoi(argv[4]));
		for (int i = 0; i < n; i++)
			work_in_blocks(((size_t)atol(argv[3]) << 20) / BLOCK, atoi(argv[4]));
		return 0;
	}
	soakops_mark("waits");
	while (getchar() != EOF)
		continue;
	return 0;
}
