/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ground truth for `soak doctor --selftest`: makes calls of which every one is known.
 *
 *   bench_planted churn
 *     23 madvise(MADV_SEQUENTIAL), and 10 007 anonymous mmaps in 5 forked children of 3 threads
 *     each. Nothing else in those children maps anonymous memory readable: stacks and arenas begin
 *     as PROT_NONE reservations.
 *   bench_planted leak BASE_KIB KIB_PER_SECOND SECONDS
 *     holds BASE_KIB and loses KIB_PER_SECOND, a page at a time, evenly.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096
#define MADVISES 23
#define MMAPS 10007
#define CHILDREN 5
#define THREADS 3

static void *map_pages(void *argument)
{
	long count = (long)argument;

	for (long i = 0; i < count; i++) {
		void *page = mmap(
			NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (page == MAP_FAILED || munmap(page, PAGE))
			_exit(1);
	}
	return NULL;
}

static int run_child(long count)
{
	pthread_t threads[THREADS - 1];
	long share = count / THREADS;

	for (int t = 0; t < THREADS - 1; t++)
		if (pthread_create(&threads[t], NULL, map_pages, (void *)share))
			return 1;
	map_pages((void *)(count - share * (THREADS - 1)));
	for (int t = 0; t < THREADS - 1; t++)
		pthread_join(threads[t], NULL);
	return 0;
}

static int churn(void)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int failed = page == MAP_FAILED;

	for (int i = 0; i < MADVISES; i++)
		failed |= madvise(page, PAGE, MADV_SEQUENTIAL);
	for (int c = 0; c < CHILDREN; c++) {
		long share = MMAPS / CHILDREN + (c == 0 ? MMAPS % CHILDREN : 0);

		if (fork() == 0)
			_exit(run_child(share));
	}
	for (int c = 0; c < CHILDREN; c++) {
		int status;

		failed |= wait(&status) < 0 || status;
	}
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static char *take(size_t bytes)
{
	char *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		exit(EXIT_FAILURE);
	madvise(memory, bytes, MADV_NOHUGEPAGE);
	return memory;
}

static int leak(size_t base, size_t per_second, size_t seconds)
{
	size_t pages = per_second * seconds / PAGE;
	char *leaked = take(pages * PAGE + PAGE);
	struct timespec due;

	memset(take(base), 1, base);
	clock_gettime(CLOCK_MONOTONIC, &due);
	for (size_t i = 0; i < pages; i++) {
		leaked[i * PAGE] = 1;
		due.tv_nsec += 1000000000ull * PAGE / per_second;
		due.tv_sec += due.tv_nsec / 1000000000;
		due.tv_nsec %= 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
	}
	return EXIT_SUCCESS;
}

static size_t number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end || value <= 0) {
		fprintf(stderr, "bench_planted: %s is not a positive number\n", text);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "churn") == 0)
		return churn();
	if (argc == 5 && strcmp(argv[1], "leak") == 0)
		return leak(number(argv[2]) * 1024, number(argv[3]) * 1024, number(argv[4]));
	fputs("Usage: bench_planted churn\n       bench_planted leak BASE_KIB KIB_PER_SECOND "
	      "SECONDS\n",
		stderr);
	return 2;
}
