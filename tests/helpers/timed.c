/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * timed FILE COMMAND...: runs COMMAND, writes its wall time in ns and its peak RSS in KiB to FILE,
 * ends as it ended. For tools/bench and tools/bench-alloc. A child's peak begins with its parent's
 * RSS, which is why an interpreter cannot measure that of a small program; this one can.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
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
	struct rusage usage;
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
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
		return 126;
	begin = now_ns() - begin;
	out = fopen(argv[1], "w");
	if (!out || fprintf(out, "%lld %ld\n", (long long)begin, usage.ru_maxrss) < 0 ||
		fclose(out))
		return 126;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
