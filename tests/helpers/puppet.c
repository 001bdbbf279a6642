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
 * With the argument "headless" the first thread leaves by pthread_exit(), and another takes orders.
 * With the argument "busy" two threads call madvise(MADV_COLD) all the time as well.
 * Nothing else here allocates, maps or advises once "ready" has been printed.
 */
#define SOAKOPS_IMPLEMENTATION
#include "collectors/ops/soakops.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define THREADS 3
#define PARTS (2 * THREADS)
#define MAPPING 65536

static void *memory;
static int orders[PARTS][2]; /* pipes, one for each thread that serves */
static int reports[2];       /* a byte from each */

static void say(const char *text)
{
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		_exit(9);
}

static void *serve(void *part)
{
	int calls;

	while (read(*(int *)part, &calls, sizeof(calls)) == sizeof(calls)) {
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

static void start(void *(*work)(void *), void *context)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, work, context))
		_exit(9);
}

static void serve_parts(int from)
{
	for (int part = from; part < from + THREADS; part++)
		start(serve, orders[part]);
}

static void call(int count)
{
	char byte;

	for (int part = 0; part < PARTS; part++) {
		int share = count / PARTS + (part < count % PARTS);

		if (write(orders[part][1], &share, sizeof(share)) != sizeof(share))
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

static char process_state(void)
{
	char text[64] = "", *end;
	int fd = open("/proc/self/stat", O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		_exit(9);
	close(fd);
	end = strchr(text, ')');
	return end ? end[2] : 0;
}

static void *obey_alone(void *child)
{
	while (process_state() != 'Z')
		;
	say("ready\n");
	obey(*(pid_t *)child);
	kill(*(pid_t *)child, SIGKILL);
	_exit(0);
}

int main(int argc, char **argv)
{
	static pid_t child;

	for (int part = 0; part < PARTS; part++)
		if (pipe(orders[part]))
			return 9;
	if (pipe(reports))
		return 9;
	memory = mmap(NULL, MAPPING, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	child = fork();
	serve_parts(child == 0 ? THREADS : 0);
	while (child == 0)
		pause();
	for (int t = 0; t < 2 && argc > 1 && strcmp(argv[1], "busy") == 0; t++)
		start(be_busy, NULL);
	if (argc > 1 && strcmp(argv[1], "publish") == 0)
		soakops_count_alloc(41); /* before anybody attaches: not to be counted */
	allocate(43);
	if (argc > 1 && strcmp(argv[1], "headless") == 0) {
		start(obey_alone, &child);
		pthread_exit(NULL);
	}
	say("ready\n");
	obey(child);
	kill(child, SIGKILL);
	return 0;
}
