/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * timed FILE COMMAND...: runs COMMAND, writes its wall time in ns to FILE, ends as it ended. For
 * tools/bench.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

int main(int argc, char **argv)
{
	volatile int64_t begin = now_ns(); /* vfork: not in a register */
	int status = 0;
	FILE *out;
	pid_t pid;

	if (argc < 3)
		return 2;
	pid = vfork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 126;
	begin = now_ns() - begin;
	out = fopen(argv[1], "w");
	if (!out || fprintf(out, "%lld\n", (long long)begin) < 0 || fclose(out))
		return 126;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
