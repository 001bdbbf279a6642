/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * holder: a parent and a child hold anonymous, file and shared memory of odd sizes, then stop
 * themselves. What they hold is known by smaps_rollup, to the page, as long as they stand still.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void touch(char *memory, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		(void)((volatile char *)memory)[i * 4096];
}

int main(int argc, char **argv)
{
	int file = open(argv[0], O_RDONLY), fd = memfd_create("held", 0);
	size_t pages = argc > 1 ? atol(argv[1]) : 10007;
	char *anon, *shared;
	struct stat st;

	if (fstat(file, &st) || ftruncate(fd, 503 * 4096))
		return 1;
	anon = mmap(NULL, pages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(anon, 1, pages * 4096);
	shared = mmap(NULL, 503 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	memset(shared, 1, 503 * 4096);
	touch(mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, file, 0), st.st_size / 4096);
	if (fork() == 0) {
		memset(anon, 2, 1009 * 4096);
		munmap(anon + (pages - 3001) * 4096, 3001 * 4096);
		raise(SIGSTOP);
		return 0;
	}
	raise(SIGSTOP);
	wait(NULL);
	return 0;
}
