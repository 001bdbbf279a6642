/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hoard COUNT BYTES [threads|fork|exec]: holds COUNT blocks of BYTES for 0.5 s, frees them and goes
 * on for 0.5 s; in three threads at a time, in a parent and two children, or once more after an
 * exec, with half the blocks. Makes a few allocator calls each 5 ms throughout.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PARTIES 3
#define MOST 40000

static size_t count, bytes;
static pthread_barrier_t barrier;
static char *blocks[PARTIES][MOST];

static void potter(void)
{
	for (int i = 0; i < 100; i++) {
		void *volatile block = malloc(100);

		free(block);
		usleep(5000);
	}
}

static void hold(char **mine)
{
	for (size_t i = 0; i < count; i++)
		mine[i] = memset(malloc(bytes), 1, bytes);
}

static void let_go(char **mine)
{
	for (size_t i = 0; i < count; i++)
		free(mine[i]);
}

static void *in_thread(void *mine)
{
	hold(mine);
	pthread_barrier_wait(&barrier);
	potter();
	pthread_barrier_wait(&barrier);
	let_go(mine);
	potter();
	return NULL;
}

static void in_threads(void)
{
	pthread_t threads[PARTIES];

	pthread_barrier_init(&barrier, NULL, PARTIES);
	for (int t = 0; t < PARTIES; t++)
		pthread_create(&threads[t], NULL, in_thread, blocks[t]);
	for (int t = 0; t < PARTIES; t++)
		pthread_join(threads[t], NULL);
}

/* In memory that the children by fork share. */
static pthread_barrier_t *shared_barrier(void)
{
	pthread_barrier_t *shared = mmap(
		NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_barrierattr_t attributes;

	if (shared == MAP_FAILED)
		exit(3);
	pthread_barrierattr_init(&attributes);
	pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(shared, &attributes, PARTIES);
	return shared;
}

static void in_processes(void)
{
	pthread_barrier_t *together = shared_barrier();

	if (fork())
		fork();
	hold(blocks[0]);
	pthread_barrier_wait(together);
	potter();
	pthread_barrier_wait(together);
	let_go(blocks[0]);
	potter();
	while (wait(NULL) > 0)
		;
}

int main(int argc, char **argv)
{
	const char *how = argc > 3 ? argv[3] : "";
	char half[32];

	count = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
	bytes = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	if (!count || !bytes || count > MOST)
		return 2;
	if (strcmp(how, "threads") == 0) {
		in_threads();
		return 0;
	}
	if (strcmp(how, "fork") == 0) {
		in_processes();
		return 0;
	}
	hold(blocks[0]);
	potter();
	if (strcmp(how, "exec") == 0) {
		snprintf(half, sizeof(half), "%zu", count / 2);
		execl("/proc/self/exe", argv[0], half, argv[2], NULL);
	}
	let_go(blocks[0]);
	potter();
	return 0;
}
