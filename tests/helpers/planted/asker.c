/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * asker SECONDS PAIRS: PAIRS times mmap and munmap, spread over SECONDS in which it allocates and
 * frees as fast as it can. With -DOWN_MALLOC it has a malloc of its own, which asks the kernel for
 * nothing. -DTINY: it does nothing at all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#ifdef OWN_MALLOC
static char heap[1 << 20];
static size_t used;

void *malloc(size_t size)
{
	size_t at = used;

	if (size > sizeof(heap) / 2)
		return NULL;
	used += (size + 31) & ~(size_t)15;
	if (used > sizeof(heap))
		used = at = 0;
	memcpy(heap + at, &size, sizeof(size));
	return heap + at + 16;
}

void free(void *block)
{
	(void)block;
}

void *calloc(size_t n, size_t size)
{
	void *block = malloc(n * size);

	return block ? memset(block, 0, n * size) : NULL;
}

void *realloc(void *block, size_t size)
{
	void *moved = malloc(size);

	return block && moved ? memcpy(moved, block, size) : moved;
}
#endif

#ifndef TINY
static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void ask(void)
{
	void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED || munmap(page, 4096))
		abort();
}

static void allocate(void)
{
	void *volatile block = malloc(100);

	free(block);
}
#endif

int main(int argc, char **argv)
{
#ifndef TINY
	double seconds = argc > 1 ? atof(argv[1]) : 0, start = now_s();
	long pairs = argc > 2 ? atol(argv[2]) : 0, done = 0;

	do {
		double share = seconds > 0 ? (now_s() - start) / seconds : 1;

		for (int i = 0; i < 1000; i++)
			allocate();
		for (; done < pairs && done < share * pairs; done++)
			ask();
	} while (now_s() - start < seconds);
	for (; done < pairs; done++)
		ask();
#else
	(void)argc;
	(void)argv;
#endif
	return 0;
}
