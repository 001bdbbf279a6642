/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/*
 * soakops.h and page.c: sums are exact whatever threads and processes do, slots are reused, nobody
 * writes to another's, and what is no ops page is refused.
 *
 *	ops_page           the test
 *	ops_page own N     a program that finds no page: counts, fails unless it then has N pages
 *	                   open, its own included, and waits for its stdin to end
 */
#define SOAKOPS_IMPLEMENTATION
#include "tests/ops_run.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define THREADS 8
#define PRIME 100003
#define SHORT_THREADS 10000

static struct soakops_page *page;
static uint64_t before[SOAKOPS_KINDS];
static pthread_barrier_t barrier;

static void begin(void)
{
	ops_page_sum(page, SOAKOPS_PROGRAM, before);
}

static void expect(uint64_t alloc, uint64_t freed, uint64_t realloced, const char *what)
{
	uint64_t now[SOAKOPS_KINDS];

	ops_page_sum(page, SOAKOPS_PROGRAM, now);
	for (int kind = 0; kind < SOAKOPS_KINDS; kind++)
		now[kind] -= before[kind];
	ops_counts(now, alloc, freed, realloced, what);
}

static void count_all(void)
{
	for (int i = 0; i < PRIME; i++) {
		soakops_count_alloc(1);
		soakops_count_free(2);
		soakops_count_realloc(3);
	}
}

static void *thread_all(void *context)
{
	(void)context;
	soakops_count_alloc(0);
	pthread_barrier_wait(&barrier);
	count_all();
	return NULL;
}

static void *thread_one(void *context)
{
	(void)context;
	soakops_count_alloc(7);
	return NULL;
}

static void join_all(void *(*function)(void *), int count)
{
	pthread_t thread[THREADS];

	for (int i = 0; i < count; i++)
		pthread_create(&thread[i], NULL, function, NULL);
	for (int i = 0; i < count; i++)
		pthread_join(thread[i], NULL);
}

static void test_first(void)
{
	begin();
	errno = EDOM;
	soakops_count_alloc(5);
	ops_equal((uint64_t)errno, EDOM, "the first count preserves errno");
	expect(5, 0, 0, "the page named by SOAK_OPS is found");
	ops_equal(page->attached, 1, "one process is attached");
	ops_equal(page->used, 1, "one slot is used");
	count_all();
	expect(5 + PRIME, 2 * PRIME, 3 * PRIME, "one thread");
}

static void test_threads(void)
{
	uint32_t used;

	begin();
	join_all(thread_all, THREADS);
	expect(THREADS * PRIME, 2 * THREADS * PRIME, 3 * THREADS * PRIME, "8 threads at once");
	used = page->used;
	ops_equal(used, THREADS + 1, "9 threads alive used 9 slots");
	begin();
	for (int i = 0; i < SHORT_THREADS / THREADS; i++)
		join_all(thread_one, THREADS);
	expect(7 * SHORT_THREADS, 0, 0, "10 000 short threads");
	ops_equal(page->used, used, "they used no new slot");
	ops_ok(page->free_list[SOAKOPS_PROGRAM - 1] >> 32 >= 2 * SHORT_THREADS,
		"each change of the list of free slots has a tag of its own");
}

static int fork_child(void *(*function)(void *))
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		function(NULL);
		_exit(0);
	}
	count_all();
	waitpid(pid, &status, 0);
	return status;
}

static void *child_counts(void *context)
{
	(void)context;
	count_all();
	return NULL;
}

static void *child_exits(void *context)
{
	child_counts(context);
	exit(0);
}

static void test_forks(void)
{
	pthread_t busy;

	begin();
	fork_child(child_counts);
	expect(2 * PRIME, 4 * PRIME, 6 * PRIME, "parent and child at once");
	ops_equal(page->attached, 2, "the child is attached as a process of its own");
	begin();
	pthread_barrier_init(&barrier, NULL, 1);
	pthread_create(&busy, NULL, thread_all, NULL);
	fork_child(child_exits);
	pthread_join(busy, NULL);
	expect(3 * PRIME, 6 * PRIME, 9 * PRIME, "fork beside a busy thread, child ends by exit()");
}

static void test_exhaustion(void)
{
	uint32_t used = page->used;
	uint64_t *list = &page->free_list[SOAKOPS_PROGRAM - 1], free_list = *list;

	page->used = SOAKOPS_SLOTS;
	*list = 0;
	begin();
	pthread_barrier_init(&barrier, NULL, THREADS);
	join_all(thread_all, THREADS);
	expect(THREADS * PRIME, 2 * THREADS * PRIME, 3 * THREADS * PRIME,
		"8 threads that share the overflow slot");
	ops_ok(page->overflow[SOAKOPS_PROGRAM - 1].count[0] == THREADS * PRIME,
		"they did share the overflow slot");
	*list = free_list;
	page->used = used;
}

static void test_sources(void)
{
	uint64_t sum[SOAKOPS_KINDS];
	struct soakops_slot *foreign = soakops_slot_at(page, page->used++);

	ops_page_sum(page, SOAKOPS_PRELOAD, sum);
	ops_counts(sum, 0, 0, 0, "nothing came from the preload library");
	foreign->source = SOAKOPS_PRELOAD;
	foreign->count[SOAKOPS_ALLOC] = 11;
	page->free_list[SOAKOPS_PRELOAD - 1] = page->used;
	begin();
	pthread_barrier_init(&barrier, NULL, THREADS);
	join_all(thread_all, THREADS);
	expect(THREADS * PRIME, 2 * THREADS * PRIME, 3 * THREADS * PRIME, "sums are apart");
	ops_page_sum(page, SOAKOPS_PRELOAD, sum);
	ops_counts(sum, 11, 0, 0, "a free slot of the other source is left alone");
	ops_page_sum(page, SOAKOPS_PRELOAD, sum);
}

/* Totals of a page that threads come to and go from, read all the while. */
static void test_reader(void)
{
	uint64_t now[SOAKOPS_KINDS], last[SOAKOPS_KINDS] = {0};
	pthread_t thread[THREADS];
	bool fell = false;

	pthread_barrier_init(&barrier, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, thread_all, NULL);
	for (int i = 0; i < 2000; i++) {
		ops_page_sum(page, SOAKOPS_PROGRAM, now);
		for (int kind = 0; kind < SOAKOPS_KINDS; kind++)
			fell |= now[kind] < last[kind];
		memcpy(last, now, sizeof(last));
		sched_yield();
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	ops_ok(!fell, "a concurrent reader never sees a total fall");
}

static void test_open(int fd)
{
	const struct soakops_page *again = NULL;
	char text[64];
	int other = memfd_create("other", MFD_CLOEXEC);

	ops_equal((uint64_t)ops_page_open(fd, &again), 0, "the page opens for reading");
	ops_ok(again && again->used == page->used, "and is the same page");
	ops_page_close(again);
	again = NULL;
	ops_equal((uint64_t)-ops_page_open(other, &again), EINVAL, "an empty file is refused");
	ops_equal((uint64_t)ftruncate(other, SOAKOPS_BYTES), 0, "(made as large as a page)");
	ops_equal((uint64_t)-ops_page_open(other, &again), EINVAL, "a file of zeros is refused");
	ops_equal((uint64_t)-ops_page_open(-1, &again), EBADF, "a bad descriptor is refused");
	ops_ok(again == NULL, "a refusal leaves the result alone");
	close(other);
	ops_equal((uint64_t)-ops_page_variable(fd, text, 12), ENOSPC, "a short buffer is refused");
	ops_ok(ftruncate(fd, 0) < 0, "nobody can shrink the page");
	ops_page_close(NULL);
}

/* A program that no observer started is found by its descriptor. */
static void test_find(const char *self)
{
	int to[2], from[2], fds[4], found;
	const struct soakops_page *own = NULL;
	uint64_t sum[SOAKOPS_KINDS] = {0};
	pid_t pid;
	char c;

	if (pipe(to) < 0 || pipe(from) < 0)
		exit(1);
	pid = fork();
	if (pid == 0) {
		unsetenv(SOAKOPS_VARIABLE);
		dup2(to[0], 0);
		dup2(from[1], 1);
		close(to[1]);
		execl(self, self, "own", "1", (char *)NULL);
		_exit(127);
	}
	close(to[0]);
	ops_equal((uint64_t)read(from[0], &c, 1), 1, "a program starts without an observer");
	found = ops_page_find(pid, fds, 4);
	ops_equal((uint64_t)found, 1, "its page is found, once, though it has two descriptors");
	if (found == 1 && ops_page_open(fds[0], &own) == 0)
		ops_page_sum(own, SOAKOPS_PROGRAM, sum);
	ops_counts(sum, 13, 0, 0, "its ops are read");
	ops_page_close(own);
	close(to[1]);
	waitpid(pid, NULL, 0);
	ops_equal((uint64_t)-ops_page_find(pid, fds, 4), ENOENT, "no process: an error");
}

/* A program that is given `fd` as that inode counts in a page of its own. */
static void refuses(const char *self, int fd, uint64_t inode, const char *pages, const char *what)
{
	char value[64];
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		snprintf(value, sizeof(value), "%d:%" PRIu64, fd, inode);
		setenv(SOAKOPS_VARIABLE, value, 1);
		fcntl(fd, F_SETFD, 0);
		close(0);
		open("/dev/null", O_RDWR);
		dup2(0, 1);
		execl(self, self, "own", pages, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	ops_equal((uint64_t)status, 0, what);
}

static void test_refusals(const char *self, int fd)
{
	int zeros = memfd_create("zeros", MFD_CLOEXEC);
	struct stat st;

	fstat(fd, &st);
	refuses(self, fd, st.st_ino + 1, "2", "a page with another inode is not written to");
	if (ftruncate(zeros, SOAKOPS_BYTES) == 0 && fstat(zeros, &st) == 0)
		refuses(self, zeros, st.st_ino, "1", "a file of zeros is not written to");
	if (ftruncate(zeros, 10) == 0)
		refuses(self, zeros, st.st_ino, "1", "a short file is not written to");
	close(zeros);
}

static int own_main(int pages)
{
	int fds[3];
	char c;

	soakops_count_alloc(13);
	if (ops_page_find(getpid(), fds, 3) != pages || dup(fds[0]) < 0 || write(1, "x", 1) != 1)
		return 1;
	return read(0, &c, 1) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	static char variable[64];
	int fd;

	if (argc == 3 && strcmp(argv[1], "own") == 0)
		return own_main(atoi(argv[2]));
	if (ops_page_create(0, &page, &fd) < 0 ||
		ops_page_variable(fd, variable, sizeof(variable)) < 0 || putenv(variable)) {
		puts("Bail out! no ops page");
		return 1;
	}
	pthread_barrier_init(&barrier, NULL, THREADS);
	test_first();
	test_threads();
	test_forks();
	test_exhaustion();
	test_sources();
	test_reader();
	test_open(fd);
	test_find(argv[0]);
	test_refusals(argv[0], fd);
	return ops_done();
}
