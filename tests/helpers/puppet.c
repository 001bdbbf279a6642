/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A process for tests/attach.t to attach to: THREADS threads and a child with as many do what they
 * are told by lines on standard input, and "done" is printed when all of them have done it:
 *
 *	calls N    N calls of madvise(MADV_COLD), shared out among all threads of both processes
 *	count N    publish N allocations by soakops.h
 *	malloc N   N times malloc and free
 *	exit N     the end, with this status
 *
 * With the argument "busy" two threads call madvise(MADV_COLD) all the time as well.
 * Nothing else here allocates, maps or advises once "ready" has been printed.
 */
#define SOAKOPS_IMPLEMENTATION
#include "collectors/ops/soakops.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define THREADS 3
#define PARTS (2 * THREADS)
#define MAPPING 65536

static void *memory;
static int orders[2], reports[2]; /* pipes: one order for each part, one byte back for each */

static void say(const char *text)
{
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		_exit(9);
}

static void *serve(void *unused)
{
	int calls;

	(void)unused;
	while (read(orders[0], &calls, sizeof(calls)) == sizeof(calls)) {
		for (int i = 0; i < calls; i++)
			madvise(memory, MAPPING, MADV_COLD);
		if (write(reports[1], "", 1) != 1)
			break;
	}
	return NULL;
}

static void *be_busy(void *unused)
{
	(void)unused;
	for (;;)
		madvise(memory, MAPPING, MADV_COLD);
	return NULL;
}

static void start(void *(*work)(void *), int threads)
{
	pthread_t thread;

	while (threads-- > 0)
		if (pthread_create(&thread, NULL, work, NULL))
			_exit(9);
}

static void call(int count)
{
	char byte;

	for (int part = 0; part < PARTS; part++) {
		int share = count / PARTS + (part < count % PARTS);

		if (write(orders[1], &share, sizeof(share)) != sizeof(share))
			_exit(9);
	}
	for (int part = 0; part < PARTS; part++)
		if (read(reports[0], &byte, 1) != 1)
			_exit(9);
}

static void allocate(int count)
{
	for (int i = 0; i < count; i++) {
		void *block = malloc(64);

		__asm__ volatile("" : : "r"(block) : "memory"); /* else the pair is left out */
		free(block);
	}
}

/* Reads byte by byte: stdio would allocate. Returns 0 at the end of the input. */
static int read_line(char *line, size_t size)
{
	size_t length = 0;

	while (length + 1 < size && read(STDIN_FILENO, line + length, 1) == 1)
		if (line[length++] == '\n')
			break;
	line[length] = 0;
	return length > 0;
}

static void obey(pid_t child)
{
	char line[64];

	while (read_line(line, sizeof(line))) {
		int n = strchr(line, ' ') ? atoi(strchr(line, ' ') + 1) : 0;

		if (strncmp(line, "exit ", 5) == 0) {
			kill(child, SIGKILL);
			waitpid(child, NULL, 0);
			_exit(n);
		}
		if (strncmp(line, "calls ", 6) == 0)
			call(n);
		if (strncmp(line, "count ", 6) == 0)
			soakops_count_alloc((uint64_t)n);
		if (strncmp(line, "malloc ", 7) == 0)
			allocate(n);
		say("done\n");
	}
}

int main(int argc, char **argv)
{
	pid_t child;

	if (pipe(orders) || pipe(reports))
		return 9;
	memory = mmap(NULL, MAPPING, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	child = fork();
	if (child == 0) {
		close(orders[1]);
		start(serve, THREADS - 1);
		serve(NULL);
		return 0;
	}
	start(serve, THREADS);
	if (argc > 1 && strcmp(argv[1], "busy") == 0)
		start(be_busy, 2);
	if (argc > 1 && strcmp(argv[1], "publish") == 0)
		soakops_count_alloc(41); /* before anybody attaches: not to be counted */
	allocate(43);
	say("ready\n");
	obey(child);
	return 0;
}
