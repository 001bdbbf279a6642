/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Grows by known numbers of pages, each held in another way, and stands still before and after.
 *
 *	grower FILE    stops itself; touches all of what it says; stops itself again; ends
 *
 * Prints a line for each: kind, name, pages. FILE is made, and holds as many pages as are touched.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

#define NAMED 1009
#define UNNAMED 401
#define HEAP 307
#define MEMFD 211
#define FILED 503
#define STACK 127

static size_t page;
static int go[2], done[2];

static void touch(volatile char *start, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		start[i * page] = 1;
}

static char *map(size_t pages, int flags, int fd)
{
	char *start = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (start == MAP_FAILED)
		exit(1);
	return start;
}

static void *deepen(void *unused)
{
	char byte;

	if (read(go[0], &byte, 1) == 1) {
		volatile char *deep = __builtin_alloca(STACK * page);

		for (size_t i = STACK; i > 0; i--)
			deep[(i - 1) * page] = 1;
		if (write(done[1], "x", 1) != 1)
			exit(1);
	}
	if (read(go[0], &byte, 1) != 1)
		exit(1);
	return unused;
}

int main(int argc, char **argv)
{
	int fd = argc == 2 ? open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600) : -1;
	int memory = memfd_create("grown", 0);
	char *named, *unnamed, *heap, *shared, *filed, byte;
	pthread_t thread;
	int is_named;

	page = (size_t)sysconf(_SC_PAGESIZE);
	if (fd < 0 || memory < 0 || ftruncate(fd, FILED * page) ||
		ftruncate(memory, MEMFD * page) || pipe(go) || pipe(done) ||
		pthread_create(&thread, NULL, deepen, NULL))
		return 1;
	named = map(NAMED, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	is_named =
		prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, named, NAMED * page, "grower: named") == 0;
	unnamed = map(UNNAMED, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	shared = map(MEMFD, MAP_SHARED, memory);
	filed = map(FILED, MAP_SHARED, fd);
	printf("anonymous;%s;%d\n", is_named ? "grower: named" : "",
		is_named ? NAMED : NAMED + UNNAMED);
	if (is_named)
		printf("anonymous;;%d\n", UNNAMED);
	printf("heap;;%d\nshared;/memfd:grown (deleted);%d\nfile;%s;%d\n", HEAP, MEMFD, argv[1],
		FILED);
	fflush(stdout);
	sbrk((intptr_t)(-(uintptr_t)sbrk(0) & (page - 1)));
	heap = sbrk((intptr_t)(HEAP * page));
	raise(SIGSTOP);

	touch(named, NAMED);
	touch(unnamed, UNNAMED);
	touch(heap, HEAP);
	touch(shared, MEMFD);
	touch(filed, FILED);
	if (write(go[1], "x", 1) != 1 || read(done[0], &byte, 1) != 1)
		return 1;
	raise(SIGSTOP);
	return 0;
}
