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

static size_t page;

static void touch(char *memory, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		(void)((volatile char *)memory)[i * page];
}

int main(int argc, char **argv)
{
	int file = open(argv[0], O_RDONLY), fd = memfd_create("held", 0);
	size_t pages = argc > 1 ? atol(argv[1]) : 10007;
	char *anon, *shared;
	struct stat st;

	page = sysconf(_SC_PAGESIZE);
	if (fstat(file, &st) || ftruncate(fd, 503 * page))
		return 1;
	anon = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(anon, 1, pages * page);
	shared = mmap(NULL, 503 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	memset(shared, 1, 503 * page);
	touch(mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, file, 0), st.st_size / page);
	if (fork() == 0) {
		memset(anon, 2, 1009 * page);
		munmap(anon + (pages - 3001) * page, 3001 * page);
		raise(SIGSTOP);
		return 0;
	}
	raise(SIGSTOP);
	wait(NULL);
	return 0;
}
