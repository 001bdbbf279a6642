/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hakmem_statistics: uses memory of all kinds, and at each step prints what malloc_info() says, a
 * document each; on stderr what malloc_stats() says. "used N" before it is what the program has.
 */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 20000

static void *(*volatile do_malloc)(size_t) = malloc;
static void (*volatile do_free)(void *) = free;
static void *blocks[BLOCKS];
static size_t used;
static pthread_barrier_t barrier;

static void say(const char *step)
{
	printf("%s used %zu\n", step, used);
	if (malloc_info(0, stdout) != 0)
		exit(1);
	fflush(stdout);
	malloc_stats();
}

static void take(int i, size_t size)
{
	blocks[i] = memset(do_malloc(size), 1, size);
	used += malloc_usable_size(blocks[i]);
}

static void give(int i)
{
	used -= malloc_usable_size(blocks[i]);
	do_free(blocks[i]);
	blocks[i] = NULL;
}

static void *cache_some(void *unused)
{
	static void *own[1000];

	for (int i = 0; i < 1000; i++)
		own[i] = do_malloc(500);
	for (int i = 0; i < 1000; i++)
		do_free(own[i]);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return unused;
}

int main(void)
{
	static char buffer[1 << 16];
	pthread_t thread;

	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer)); /* stdio takes no block of its own */
	for (int i = 0; i < BLOCKS; i++)
		take(i, 16 + (size_t)i % 3000);
	say("small");
	for (int i = 0; i < BLOCKS; i++)
		if (i % 100)
			give(i);
	say("sparse");
	malloc_trim(0);
	say("trimmed");
	take(1, 30000000);
	take(2, 70000);
	give(1);
	say("large");
	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&thread, NULL, cache_some, NULL);
	pthread_barrier_wait(&barrier);
	say("thread");
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
	return malloc_info(1, stdout) == EINVAL ? 0 : 1;
}
