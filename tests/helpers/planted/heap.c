/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Holds known amounts of heap, each allocated by a function of its own, and churns around them.
 * Prints a line "FUNCTION BLOCKS BYTES" for each, then "held", and waits for a line; "grow" makes
 * leak() go on and print another.
 *
 *	heap [LIBRARY]     LIBRARY: its function keep_in_library(n) allocates too
 */
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))

static void *(*volatile allocate)(size_t) = malloc;
static void (*volatile release)(void *) = free;
static void *volatile kept;
static size_t blocks, bytes; /* that were chained since the last line */

/* Held amounts come no faster than samples can be read. */
static void slow_down(size_t held)
{
	static size_t since_pause;

	since_pause += held;
	if (since_pause < 1 << 20)
		return;
	usleep(20000);
	since_pause = 0;
}

/* Blocks are chained, so that they can be reached and released. */
static NOINLINE void *chain(void *before, size_t size)
{
	void **block = allocate(size);

	*block = before;
	blocks++;
	bytes += malloc_usable_size(block);
	slow_down(size);
	return block;
}

static void tell(const char *function)
{
	printf("%s %zu %zu\n", function, blocks, bytes);
	blocks = bytes = 0;
}

NOINLINE void keep_small(int n)
{
	void *all = NULL;

	for (int i = 0; i < n; i++)
		all = chain(all, 200);
	kept = all;
	tell("keep_small");
}

NOINLINE void keep_middle(int n)
{
	void *all = kept;

	for (int i = 0; i < n; i++)
		all = chain(all, 1000 + i % 7 * 100);
	kept = all;
	tell("keep_middle");
}

NOINLINE void keep_large(void)
{
	kept = chain(kept, 5000000);
	tell("keep_large");
}

NOINLINE void leak(int n)
{
	for (int i = 0; i < n; i++)
		kept = chain(kept, 300);
	tell("leak");
}

/* Everything that is allocated here is released. At its pace samples become rare. */
NOINLINE void churn(int n)
{
	void *ring[64] = {0};

	for (int i = 0; i < n; i++) {
		release(ring[i % 64]);
		ring[i % 64] = allocate(64 + i % 10 * 64);
	}
	for (int i = 0; i < 64; i++)
		release(ring[i]);
	blocks = bytes = 0;
}

NOINLINE void keep_by_realloc(int n)
{
	void *(*volatile reallocate)(void *, size_t) = realloc;

	for (int i = 0; i < n; i++) {
		void **block = allocate(100);

		block = reallocate(block, 1500);
		*block = kept;
		kept = block;
		blocks++;
		bytes += malloc_usable_size(block);
		slow_down(1600);
	}
	tell("keep_by_realloc");
}

NOINLINE void keep_in_thread(int n)
{
	for (int i = 0; i < n; i++)
		kept = chain(kept, 1000);
	tell("keep_in_thread");
}

static void *in_thread(void *unused)
{
	churn(1000000);
	usleep(200000); /* samples are no longer rare, and the thread's next are not either */
	keep_in_thread(4000);
	churn(300000);
	return unused;
}

int main(int argc, char **argv)
{
	void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
	void (*in_library)(int) = NULL;
	char line[16] = "";
	pthread_t thread;

	if (library)
		*(void **)&in_library = dlsym(library, "keep_in_library");
	keep_small(100000);
	keep_middle(8000);
	keep_large();
	keep_by_realloc(4000);
	if (in_library)
		in_library(10000);
	pthread_create(&thread, NULL, in_thread, NULL);
	pthread_join(thread, NULL);
	churn(20000);
	/* A child has its parent's blocks until it ends, and its releases are its own. */
	fflush(stdout);
	if (fork() == 0) {
		for (void *next, *block = kept; block; block = next) {
			memcpy(&next, block, sizeof(next));
			release(block);
		}
		_exit(0);
	}
	wait(NULL);
	/* An observer that asked hears at the next call. */
	for (int i = 0; i < 4; i++) {
		usleep(100000);
		release(allocate(10));
	}
	puts("held");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) && strcmp(line, "grow\n") == 0) {
		leak(30000);
		puts("grown");
		fflush(stdout);
	}
	return 0;
}
