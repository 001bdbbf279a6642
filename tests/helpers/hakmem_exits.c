/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hakmem_exits HOW [FILE]: maps and unmaps a few huge blocks, then ends in one of many ways.
 *
 * `children FILE` forks three that write their stderr to FILE.0 and so on: with three huge blocks,
 * with none, and with one and a child of its own (FILE.3) that has two. They check nothing; what
 * the allocator has to say of each at its end is for the test.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define HUGE (512ul << 20) /* more than the heap maps ahead */

static void *(*volatile do_malloc)(size_t) = malloc;
static void (*volatile do_free)(void *) = free;

static void huge_blocks(int count)
{
	for (int i = 0; i < count; i++) {
		/* Each is twice as large, so that none finds room where another was. */
		char *block = do_malloc(HUGE << i);

		if (!block)
			_exit(3);
		*block = 1;
		do_free(block);
	}
}

static void write_stderr_to(const char *file, int number)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s.%d", file, number);
	if (!freopen(path, "w", stderr))
		_exit(3);
}

static _Noreturn void grandparent(const char *file)
{
	pid_t pid;

	write_stderr_to(file, 2);
	huge_blocks(1);
	pid = fork();
	if (pid == 0) {
		write_stderr_to(file, 3);
		huge_blocks(2);
		exit(0);
	}
	waitpid(pid, NULL, 0);
	_Exit(0);
}

static void children(const char *file)
{
	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();

		if (pid == 0 && i == 2)
			grandparent(file);
		if (pid == 0) {
			write_stderr_to(file, i);
			huge_blocks(i == 0 ? 3 : 0);
			i ? exit(0) : _exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

static void on_signal(int number)
{
	(void)number;
	_exit(0);
}

static void *exit_from_thread(void *unused)
{
	huge_blocks(1);
	exit(0);
	return unused;
}

/* The child has the parent's memory, and ends by _exit(): no end of the parent. */
static void vfork_first(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	huge_blocks(3);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	pthread_t thread;

	huge_blocks(2);
	if (strcmp(how, "return") == 0)
		return 0;
	if (strcmp(how, "exit") == 0)
		exit(0);
	if (strcmp(how, "_exit") == 0)
		_exit(0);
	if (strcmp(how, "_Exit") == 0)
		_Exit(0);
	if (strcmp(how, "thread") == 0) {
		pthread_create(&thread, NULL, exit_from_thread, NULL);
		pthread_join(thread, NULL);
	}
	if (strcmp(how, "main_first") == 0) {
		pthread_create(&thread, NULL, exit_from_thread, NULL);
		pthread_exit(NULL);
	}
	if (strcmp(how, "handler") == 0) {
		signal(SIGTERM, on_signal);
		raise(SIGTERM);
	}
	if (strcmp(how, "vfork") == 0) {
		vfork_first();
		return 0;
	}
	if (strcmp(how, "children") == 0 && argc == 3) {
		children(argv[2]);
		return 0;
	}
	return 2;
}
