/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kinds: makes each kind of churn call a known, prime number of times; prints "syscall kind calls
 * bytes errors".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096l
#define RW (PROT_READ | PROT_WRITE)

static void say(const char *call, const char *kind, int calls, long bytes)
{
	printf("%s %s %d %ld\n", call, kind, calls, bytes);
}

static void try_mmaps(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	char *at = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < 11; i++)
		mmap(NULL, 3 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	for (int i = 0; i < 13; i++)
		mmap(NULL, 5 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	for (int i = 0; i < 17; i++)
		mmap(at, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	for (int i = 0; i < 19; i++)
		mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	for (int i = 0; i < 23; i++)
		mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	say("mmap", "huge", 11, 0);
	say("mmap", "reserve", 13, 13 * 5 * PAGE);
	say("mmap", "fixed", 17, 17 * PAGE);
	say("mmap", "file", 19, 19 * PAGE);
	say("mmap", "anon", 24, 23 * 2 * PAGE + PAGE);
}

static void try_advice(char *at, int advice, const char *name, int times, int good)
{
	for (int i = 0; i < times; i++)
		if ((madvise(at, 2 * PAGE, advice) == 0) != good)
			good = !good;
	say("madvise", name, times, good ? times * 2 * PAGE : 0);
}

static void try_madvises(void)
{
	char *at = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	try_advice(at, MADV_NORMAL, "normal", 2, 1);
	try_advice(at, MADV_RANDOM, "random", 3, 1);
	try_advice(at, MADV_SEQUENTIAL, "sequential", 5, 1);
	try_advice(at, MADV_WILLNEED, "willneed", 7, 1);
	try_advice(at, MADV_DONTNEED, "dontneed", 11, 1);
	try_advice(at, MADV_FREE, "free", 13, 1);
	try_advice(at, MADV_DONTFORK, "dontfork", 17, 1);
	try_advice(at, MADV_DOFORK, "dofork", 19, 1);
	try_advice(at, MADV_HUGEPAGE, "hugepage", 23, 1);
	try_advice(at, MADV_NOHUGEPAGE, "nohugepage", 29, 1);
	try_advice(at, MADV_DONTDUMP, "dontdump", 31, 1);
	try_advice(at, MADV_DODUMP, "dodump", 37, 1);
	try_advice(at, MADV_COLD, "cold", 41, 1);
	try_advice(at, MADV_PAGEOUT, "pageout", 43, 1);
	try_advice(at, MADV_POPULATE_READ, "populate_read", 47, 1);
	try_advice(at, MADV_POPULATE_WRITE, "populate_write", 53, 1);
	try_advice(at, 77, "other", 59, 0);
}

static void try_mremaps(void)
{
	char *at = mmap(NULL, 64 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *other = mmap(NULL, 64 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < 7; i++)
		mremap(at, (64 - i) * PAGE, (63 - i) * PAGE, 0);
	for (int i = 0; i < 5; i++)
		mremap(at, PAGE, PAGE, 0);
	mremap(at, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, other);
	munmap(at + PAGE, 63 * PAGE);
	for (int i = 0; i < 3; i++)
		mremap(other, PAGE, 2 * PAGE, 0);
	say("mremap", "shrink", 7, (63 + 62 + 61 + 60 + 59 + 58 + 57) * PAGE);
	say("mremap", "same", 5, 5 * PAGE);
	say("mremap", "move", 1, PAGE);
	say("mremap", "grow", 3, 0);
}

static void try_brks(void)
{
	char *now = (char *)syscall(SYS_brk, 0);

	for (int i = 1; i <= 7; i++)
		syscall(SYS_brk, now + i * PAGE);
	for (int i = 0; i < 3; i++)
		syscall(SYS_brk, now + 7 * PAGE);
	for (int i = 6; i >= 2; i--)
		syscall(SYS_brk, now + i * PAGE);
	say("brk", "grow", 7, 7 * PAGE);
	say("brk", "query", 4, 0);
	say("brk", "shrink", 5, 5 * PAGE);
}

static void try_mprotects(void)
{
	char *at = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < 11; i++)
		mprotect(at, PAGE, PROT_NONE);
	for (int i = 0; i < 7; i++)
		mprotect(at, PAGE, PROT_READ);
	for (int i = 0; i < 5; i++)
		mprotect(at, PAGE, RW);
	for (int i = 0; i < 3; i++)
		mprotect(at, PAGE, PROT_READ | PROT_EXEC);
	say("mprotect", "none", 11, 11 * PAGE);
	say("mprotect", "read", 7, 7 * PAGE);
	say("mprotect", "write", 5, 5 * PAGE);
	say("mprotect", "exec", 3, 3 * PAGE);
}

static void try_process_madvises(void)
{
	char *at = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec range = {at, PAGE};
	int self = syscall(SYS_pidfd_open, getpid(), 0), given = 0, freed = 0;

	*at = 1;
	for (int i = 0; i < 13; i++)
		syscall(SYS_process_madvise, self, &range, 1, MADV_COLD, 0);
	for (int i = 0; i < 3; i++)
		syscall(SYS_process_madvise, -1, &range, 1, MADV_PAGEOUT, 0);
	/* Older kernels take these from nobody; they are told apart all the same. */
	for (int i = 0; i < 7; i++)
		given += syscall(SYS_process_madvise, self, &range, 1, MADV_DONTNEED, 0) == PAGE;
	for (int i = 0; i < 5; i++)
		freed += syscall(SYS_process_madvise, self, &range, 1, MADV_FREE, 0) == PAGE;
	syscall(SYS_process_madvise, -1, &range, 1, 77, 0);
	say("process_madvise", "dontneed", 7, given * PAGE);
	say("process_madvise", "free", 5, freed * PAGE);
	say("process_madvise", "other", 1, 0);
	say("process_madvise", "cold", 13, 13 * PAGE);
	say("process_madvise", "pageout", 3, 0);
}

/* Run in a child: what the loader and libc did before is the parent's. */
int main(void)
{
	static char buffer[1 << 16];

	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	if (fork() == 0) {
		/* Anonymous mmaps of the other parts are added up here too: 1 + 2 + 1 + 1. */
		try_mmaps();
		try_madvises();
		try_mremaps();
		try_brks();
		try_mprotects();
		try_process_madvises();
		say("munmap", "any", 1, 63 * PAGE);
		fflush(stdout);
		_exit(0);
	}
	return 0;
}
