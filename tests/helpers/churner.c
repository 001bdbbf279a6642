/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * churner PROCESSES THREADS EXECS CALLS: ground truth for counting.
 *
 * PROCESSES processes (the first and forked children), each with THREADS threads, each of which
 * makes CALLS calls of madvise(MADV_COLD), which no library makes; then each process executes
 * itself, EXECS times in all. So exactly PROCESSES * THREADS * (EXECS + 1) * CALLS such calls are
 * made. A child made by vfork adds 7 more per image.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static char *page;

static void *call(void *argument)
{
	for (long i = (long)argument; i > 0; i--)
		if (madvise(page, 4096, MADV_COLD))
			abort();
	return NULL;
}

static void run_threads(int count, long calls)
{
	pthread_t threads[256];

	for (int t = 0; t < count; t++)
		if (pthread_create(&threads[t], NULL, call, (void *)calls))
			abort();
	for (int t = 0; t < count; t++)
		pthread_join(threads[t], NULL);
}

/* The child of a vfork borrows our memory; its calls are its own all the same. */
static void run_vfork(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		for (int i = 0; i < 7; i++)
			madvise(page, 4096, MADV_COLD);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	int processes, threads, execs, failed = 0;
	long calls;

	if (argc != 5)
		return 2;
	processes = atoi(argv[1]);
	threads = atoi(argv[2]);
	execs = atoi(argv[3]);
	calls = atol(argv[4]);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*page = 1;
	for (int p = 1; p < processes; p++) {
		if (fork() == 0) {
			processes = 1;
			break;
		}
	}
	run_threads(threads, calls);
	run_vfork();
	if (execs > 0) {
		char text[16];

		snprintf(text, sizeof(text), "%d", execs - 1);
		/* Children are waited for by the last image. */
		execl("/proc/self/exe", argv[0], "1", argv[2], text, argv[4], (char *)NULL);
		abort();
	}
	for (int status; wait(&status) > 0;)
		failed |= status;
	return failed != 0;
}
