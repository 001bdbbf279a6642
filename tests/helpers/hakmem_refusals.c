/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hakmem_refusals HOW: a kernel that refuses, and programs that leave the allocator little room.
 *
 *	locked    a page of a block is mlock()ed and freed with it: only its place is not purged
 *	lockall   mlockall(): no purge is granted
 *	EINVAL, EPERM, EAGAIN, ENOMEM
 *	          madvise() fails with that, by seccomp
 *	thin      the same while small blocks come and go, each in 200 of them late
 *	advice    the same for MADV_DONTNEED alone: what is mapped then gets its other advice
 *	sandbox   after the first allocation, what is not a call about memory kills
 *	filter    a filter that was there before the program kills on prctl(), HAKMEM_NAMES=0
 *	fflush    fork() while others are in fflush(NULL) and getline()
 *	handler   fork() in a signal handler that interrupts malloc()
 *	steps     realloc() in steps of 4 KiB to 64 MiB
 *
 * 0 when all is well; else a line tells what is not.
 */
#include "src/hakmem.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)
#define LINE ((size_t)300000)
#define LINES (8 * LINE)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Not there if another allocator serves the program. */
extern const volatile struct hak_counters hak_counters __attribute__((weak));

static void *(*volatile do_malloc)(size_t) = malloc;
static void *(*volatile do_calloc)(size_t, size_t) = calloc;
static void *(*volatile do_realloc)(void *, size_t) = realloc;
static void (*volatile do_free)(void *) = free;

static _Noreturn void fail(const char *what, unsigned long got)
{
	printf("%s: %lu\n", what, got);
	exit(1);
}

/* ---- purges that are refused ----------------------------------------------------------------- */

static size_t resident_kib(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file || fscanf(file, "%*u %lu", &pages) != 1)
		fail("no /proc/self/statm", 0);
	fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

static void want_zeros(size_t bytes)
{
	char *block = do_calloc(1, bytes);

	if (!block)
		fail("calloc() gave nothing of", bytes);
	for (size_t i = 0; i < bytes; i++)
		if (block[i] != 0)
			fail("calloc() gave what is not zero at", i);
	do_free(block);
}

/* Large and small blocks come and go, all of them written to. */
static void use_memory(void)
{
	static char *blocks[64];

	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < COUNT(blocks); i++) {
			size_t bytes = i % 4 ? 200000 + 10000 * i : 20000;

			blocks[i] = do_malloc(bytes);
			memset(blocks[i], 0xa5, bytes);
		}
		for (size_t i = 0; i < COUNT(blocks); i++)
			do_free(blocks[i]);
		want_zeros(MIB);
		want_zeros(20000);
	}
}

static void locked(void)
{
	size_t bytes = 64 * MIB;
	char *block = do_malloc(bytes);

	memset(block, 1, bytes);
	if (mlock(block + bytes / 2, 4096) != 0)
		fail("mlock() failed", (unsigned long)errno);
	do_free(block);
	if (hak_counters.madvise_disabled)
		fail("one locked page suspended purging", 1);
	if (resident_kib() > 16 * 1024)
		fail("KiB resident beside one locked page", resident_kib());
	use_memory();
	want_zeros(bytes);
}

/* Slabs of few blocks, whose other pages would go back. */
static void thin_out_slabs(void)
{
	static char *blocks[100000];

	for (int round = 0; round < 5; round++) {
		for (size_t i = 0; i < COUNT(blocks); i++)
			blocks[i] = memset(do_malloc(200), 0xa5, 200);
		for (size_t i = 0; i < COUNT(blocks); i++)
			if (i % 200)
				do_free(blocks[i]);
		for (size_t i = 0; i < 1000; i++)
			want_zeros(200);
		for (size_t i = 0; i < COUNT(blocks); i += 200)
			do_free(blocks[i]);
	}
}

static void bounded(void (*use)(void))
{
	unsigned long before = hak_counters.madvise;

	use();
	if (hak_counters.madvise - before > 100)
		fail("calls of madvise() in vain", hak_counters.madvise - before);
	if (!hak_counters.madvise_disabled)
		fail("purging goes on though the kernel refuses it", 0);
}

static void lockall(void)
{
	if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
		fail("mlockall() failed", (unsigned long)errno);
	bounded(use_memory);
}

/* ---- seccomp --------------------------------------------------------------------------------- */

static void install(const struct sock_filter *filter, size_t length)
{
	struct sock_fprog program = {(unsigned short)length, (struct sock_filter *)filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		fail("no seccomp", (unsigned long)errno);
}

#define LOAD_NUMBER BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
#define IF_NOT(number, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, skip)
#define ALLOW(number) IF_NOT(number, 1), RETURN(SECCOMP_RET_ALLOW)

/* Each mapping of the heap is advised once, to have no huge pages. */
static void advice(void)
{
	const struct sock_filter filter[] = {
		LOAD_NUMBER,
		IF_NOT(SYS_madvise, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		IF_NOT(MADV_DONTNEED, 1),
		RETURN(SECCOMP_RET_ERRNO | EPERM),
		RETURN(SECCOMP_RET_ALLOW),
	};
	unsigned long maps, advised;

	install(filter, COUNT(filter));
	bounded(use_memory);
	maps = hak_counters.mmap_total;
	advised = hak_counters.madvise;
	while (hak_counters.mmap_total == maps)
		if (!do_malloc(MIB))
			fail("malloc() gave nothing of", MIB);
	if (hak_counters.madvise - advised < hak_counters.mmap_total - maps)
		fail("calls of madvise() beside a new mapping", hak_counters.madvise - advised);
}

static void refuse_madvise(int error, void (*use)(void))
{
	const struct sock_filter filter[] = {
		LOAD_NUMBER,
		IF_NOT(SYS_madvise, 1),
		RETURN(SECCOMP_RET_ERRNO | ((unsigned)error & SECCOMP_RET_DATA)),
		RETURN(SECCOMP_RET_ALLOW),
	};

	install(filter, COUNT(filter));
	bounded(use);
}

static void thin(void)
{
	refuse_madvise(EPERM, thin_out_slabs);
}

static void sandbox(void)
{
	static const struct sock_filter filter[] = {
		LOAD_NUMBER,
		ALLOW(SYS_mmap),
		ALLOW(SYS_munmap),
		ALLOW(SYS_mremap),
		ALLOW(SYS_madvise),
		ALLOW(SYS_exit_group),
		RETURN(SECCOMP_RET_KILL_PROCESS),
	};
	static void *blocks[400000];
	struct timespec now, end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += 1;
	do_free(do_malloc(100));
	install(filter, COUNT(filter));
	do { /* long enough for the clock's work, dense enough for huge pages */
		for (size_t i = 0; i < COUNT(blocks); i++)
			blocks[i] = memset(do_malloc(112), 1, 112);
		for (size_t i = 0; i < COUNT(blocks); i++)
			do_free(blocks[i]);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec);
	_exit(0);
}

/* The filter is inherited by the new program, in which hakmem starts. */
static void filter(void)
{
	static const struct sock_filter filter[] = {
		LOAD_NUMBER,
		IF_NOT(SYS_prctl, 1),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		RETURN(SECCOMP_RET_ALLOW),
	};

	setenv("HAKMEM_NAMES", "0", 1);
	install(filter, COUNT(filter));
	execl("/proc/self/exe", "hakmem_refusals", "steps", (char *)NULL);
	fail("exec", (unsigned long)errno);
}

/* ---- fork() ---------------------------------------------------------------------------------- */

static void *flush_all(void *unused)
{
	for (;;)
		fflush(NULL);
	return unused;
}

/* Lines so long that reading one takes memory from the heap, under its lock. */
static void *read_lines(void *text)
{
	for (;;) {
		FILE *file = fmemopen(text, LINES, "r");
		char *line = NULL;
		size_t size = 0;

		while (file && getline(&line, &size, file) > 0) {
			free(line);
			line = NULL;
			size = 0;
		}
		free(line);
		if (file)
			fclose(file);
	}
	return NULL;
}

static void fork_once(void)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		do_free(do_malloc(100000));
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		fail("a child ended with", (unsigned long)status);
}

static void fork_beside_streams(void)
{
	char *text = malloc(LINES);
	pthread_t thread;

	alarm(60);
	memset(text, 'x', LINES);
	for (size_t end = LINE; end <= LINES; end += LINE)
		text[end - 1] = '\n';
	for (int i = 0; i < 2; i++)
		if (pthread_create(&thread, NULL, flush_all, NULL) != 0 ||
			pthread_create(&thread, NULL, read_lines, text) != 0)
			fail("no thread", (unsigned long)i);
	for (int i = 0; i < 300; i++)
		fork_once();
	_exit(0);
}

static volatile sig_atomic_t forks;

static void fork_now(int signal)
{
	pid_t pid = fork();

	(void)signal;
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	forks++;
}

static void fork_in_handler(void)
{
	struct itimerval often = {{0, 500}, {0, 500}};

	alarm(60);
	signal(SIGPROF, fork_now);
	setitimer(ITIMER_PROF, &often, NULL);
	while (forks < 300) {
		void *blocks[64];

		for (size_t i = 0; i < COUNT(blocks); i++)
			blocks[i] = do_malloc(70000);
		for (size_t i = 0; i < COUNT(blocks); i++)
			do_free(blocks[i]);
	}
	setitimer(ITIMER_PROF, &(struct itimerval){{0}}, NULL);
}

/* ---- realloc() ------------------------------------------------------------------------------- */

static unsigned long calls(void)
{
	return hak_counters.mmap_total + hak_counters.free + hak_counters.madvise +
	       hak_counters.mremap;
}

static void grow_in_steps(void)
{
	unsigned long before = calls();
	char *block = NULL;

	for (size_t bytes = 4096; bytes <= 64 * MIB; bytes += 4096) {
		block = do_realloc(block, bytes);
		block[bytes - 1] = 1;
	}
	if (calls() - before > 50)
		fail("calls to grow a block to 64 MiB", calls() - before);
}

int main(int argc, char **argv)
{
	static const struct how {
		const char *name;
		void (*run)(void);
		int error;
	} hows[] = {{"locked", locked, 0}, {"lockall", lockall, 0}, {"EINVAL", NULL, EINVAL},
		{"EPERM", NULL, EPERM}, {"EAGAIN", NULL, EAGAIN}, {"ENOMEM", NULL, ENOMEM},
		{"thin", thin, 0}, {"advice", advice, 0}, {"sandbox", sandbox, 0},
		{"filter", filter, 0}, {"fflush", fork_beside_streams, 0},
		{"handler", fork_in_handler, 0}, {"steps", grow_in_steps, 0}};

	for (size_t i = 0; i < COUNT(hows) && argc == 2; i++) {
		if (strcmp(hows[i].name, argv[1]) != 0)
			continue;
		if (hows[i].error)
			refuse_madvise(hows[i].error, use_memory);
		else
			hows[i].run();
		return 0;
	}
	fprintf(stderr, "usage: hakmem_refusals HOW\n");
	return 2;
}
