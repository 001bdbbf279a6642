/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A target of tests/endings.t: each mode ends, or does not end, in a way of its own. */
#define SOAKOPS_IMPLEMENTATION
#include "collectors/ops/soakops.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define MAPPING 65536

/* Writes its process id where the test looks for it, whole at once. */
static void tell_pid(const char *path)
{
	char text[16];
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
	int length = snprintf(text, sizeof(text), "%d\n", (int)getpid());

	if (fd < 0 || write(fd, text, (size_t)length) != length)
		_exit(9);
	close(fd);
}

static time_t now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* The old way of daemons. Its first process goes at once, with status 0. */
static int become_daemon(const char *file, unsigned int seconds)
{
	if (fork())
		return 0;
	setsid();
	if (fork())
		_exit(0);
	tell_pid(file);
	sleep(seconds);
	return 0;
}

static _Noreturn void be_stubborn(const char *file)
{
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	tell_pid(file);
	for (;;)
		pause();
}

/* COUNT calls of madvise(MADV_COLD): nothing else makes these. */
static int call(int count)
{
	void *memory = mmap(NULL, MAPPING, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < count; i++)
		madvise(memory, MAPPING, MADV_COLD);
	return 0;
}

/* An allocator at its worst: a mapping for each op. */
static int churn(int seconds)
{
	for (time_t end = now_s() + seconds; now_s() < end; usleep(200)) {
		void *memory = mmap(NULL, MAPPING, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		munmap(memory, MAPPING);
		soakops_count_alloc(1);
		soakops_count_free(1);
	}
	return 0;
}

/* Short processes, one after the other, each of which has rows of its own in every table. */
static int breed(int seconds)
{
	for (time_t end = now_s() + seconds; now_s() < end;) {
		pid_t child = fork();

		if (child == 0)
			_exit(call(7));
		waitpid(child, NULL, 0);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	const char *first = argc > 2 ? argv[2] : "0";

	if (strcmp(mode, "exit") == 0)
		return atoi(first);
	if (strcmp(mode, "signal") == 0)
		return kill(getpid(), atoi(first)) || pause();
	if (strcmp(mode, "daemon") == 0 && argc == 4)
		return become_daemon(first, (unsigned int)atoi(argv[3]));
	if (strcmp(mode, "stubborn") == 0)
		be_stubborn(first);
	if (strcmp(mode, "sleep") == 0)
		return (int)sleep((unsigned int)atoi(first));
	if (strcmp(mode, "calls") == 0)
		return call(atoi(first));
	if (strcmp(mode, "churn") == 0)
		return churn(atoi(first));
	if (strcmp(mode, "breed") == 0)
		return breed(atoi(first));
	fprintf(stderr, "ending: see its source for the modes\n");
	return 9;
}
