/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For the tests of the ops page: TAP, and running a command on a page of its own. C11 and C++17.
 *
 * A process allocates before main and after it, so the tests of the preload library run each case
 * twice, with 0 and with N calls: the difference must be the calls asked for, to the last one.
 */
#ifndef TESTS_OPS_RUN_H
#define TESTS_OPS_RUN_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collectors/ops/page.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OPS_SANITIZED 1
#else
#define OPS_SANITIZED 0
#endif

/* What one run left on its page. */
struct ops_result {
	uint64_t count[SOAKOPS_KINDS];   /* by the preload library */
	uint64_t program[SOAKOPS_KINDS]; /* by the program itself */
	uint32_t used, attached;
	int status; /* as from waitpid */
};

struct ops_run {
	const char *preload; /* LD_PRELOAD, or NULL */
	uint32_t used;       /* slots that are taken in advance */
	bool close_fd;       /* the command is started without the descriptor */
};

static int ops_tests, ops_failures;

static inline void ops_ok(bool good, const char *what)
{
	ops_tests++;
	ops_failures += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", ops_tests, what);
	fflush(stdout);
}

static inline void ops_equal(uint64_t got, uint64_t want, const char *what)
{
	ops_ok(got == want, what);
	if (got != want)
		printf("# got %" PRIu64 ", want %" PRIu64 "\n", got, want);
}

static inline void ops_counts(
	const uint64_t *got, uint64_t alloc, uint64_t freed, uint64_t realloced, const char *what)
{
	ops_ok(got[SOAKOPS_ALLOC] == alloc && got[SOAKOPS_FREE] == freed &&
			got[SOAKOPS_REALLOC] == realloced,
		what);
	printf("# got %" PRIu64 " %" PRIu64 " %" PRIu64 ", want %" PRIu64 " %" PRIu64 " %" PRIu64
	       " (alloc, free, realloc)\n",
		got[0], got[1], got[2], alloc, freed, realloced);
}

static inline int ops_done(void)
{
	printf("1..%d\n", ops_tests);
	return ops_failures ? 1 : 0;
}

/* The child's half of ops_run_command(). */
static inline void ops_exec(const struct ops_run *how, int fd, char *const *argv)
{
	char variable[64];

	if (ops_page_variable(fd, variable, sizeof(variable)) < 0)
		_exit(126);
	putenv(variable);
	if (how->preload)
		setenv("LD_PRELOAD", how->preload, 1);
	fcntl(fd, F_SETFD, how->close_fd ? FD_CLOEXEC : 0);
	execvp(argv[0], argv);
	_exit(127);
}

static inline struct ops_result ops_run_command(const struct ops_run *how, char *const *argv)
{
	struct ops_result result;
	struct soakops_page *page;
	int fd, error = ops_page_create(0, &page, &fd);
	pid_t pid;

	if (error < 0) {
		printf("Bail out! ops_page_create: %s\n", strerror(-error));
		exit(1);
	}
	page->used = how->used;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		ops_exec(how, fd, argv);
	if (pid < 0 || waitpid(pid, &result.status, 0) != pid)
		result.status = -1;
	ops_page_sum(page, SOAKOPS_PRELOAD, result.count);
	ops_page_sum(page, SOAKOPS_PROGRAM, result.program);
	result.used = page->used;
	result.attached = page->attached;
	ops_page_close(page);
	close(fd);
	return result;
}

static inline const char *ops_library(void)
{
	static char path[4096];
	const char *build = getenv("BUILD");

	snprintf(path, sizeof(path), "%s/lib/libsoakops.so", build ? build : "build");
	return path;
}

/* LD_PRELOAD for the library before `allocator` ("": glibc). False: that is not installed. */
static inline bool ops_preload(const char *allocator, char *text, size_t size)
{
	char probe[256];

	snprintf(text, size, "%s%s%s", ops_library(), *allocator ? ":" : "", allocator);
	if (!*allocator)
		return true;
	snprintf(probe, sizeof(probe), "LD_PRELOAD=%s true 2>&1 | grep -q .", allocator);
	return system(probe) != 0;
}

#endif
