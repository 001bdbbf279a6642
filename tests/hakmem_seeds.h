/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs a program by seed: each seed in a process of its own, which is the program itself with
 * --seed, so that a heap that aborts fails one assertion, and that the same seed is the same run
 * however many came before it.
 */
#ifndef TESTS_HAKMEM_SEEDS_H
#define TESTS_HAKMEM_SEEDS_H

#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/tap.h"

extern char **environ;

struct seeds_run {
	uint64_t seed;
	const char *calls;   /* a number, or NULL */
	const char *setting; /* NAME=VALUE for the environment, or NULL */
};

/* Returns a status as from waitpid(). */
static inline int seeds_spawn(const char *self, const struct seeds_run *run)
{
	char seed[24], copy[64] = "", *value;
	char *argv[] = {(char *)(uintptr_t)self, (char *)(uintptr_t) "--seed", seed,
		(char *)(uintptr_t)(run->calls ? "--calls" : NULL), (char *)(uintptr_t)run->calls,
		NULL};
	int status = -1;
	pid_t pid;

	snprintf(seed, sizeof(seed), "%" PRIu64, run->seed);
	snprintf(copy, sizeof(copy), "%s", run->setting ? run->setting : "");
	value = strchr(copy, '=');
	if (value) {
		*value++ = '\0';
		setenv(copy, value, 1);
	}
	fflush(stdout);
	if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ) == 0)
		waitpid(pid, &status, 0);
	if (value)
		unsetenv(copy);
	return status;
}

/* One assertion. */
static inline bool seeds_try(const char *self, const struct seeds_run *run)
{
	int status = seeds_spawn(self, run);
	bool good = tap_ok(status == 0, "seed");

	printf(" %" PRIu64 "%s%s (status %#x, want 0)\n", run->seed, run->setting ? ", " : "",
		run->setting ? run->setting : "", (unsigned)status);
	return good;
}

/* From `first` on, until the time is up or one fails. */
static inline int seeds_for(const char *self, long seconds, uint64_t first)
{
	time_t start = time(NULL);

	for (struct seeds_run run = {.seed = first}; time(NULL) - start < seconds; run.seed++)
		if (!seeds_try(self, &run))
			break;
	return tap_done();
}

static volatile long seeds_calls; /* that this run has made */
static char seeds_replay[300];    /* a command for it, but for their number */

static inline void seeds_show_replay(void)
{
	dprintf(STDOUT_FILENO, "# call %ld; again: %s --calls %ld\n", seeds_calls, seeds_replay,
		seeds_calls);
}

static inline void seeds_on_signal(int number)
{
	dprintf(STDOUT_FILENO, "# signal %d\n", number);
	seeds_show_replay();
	signal(number, SIG_DFL);
	raise(number);
}

/* From here on, a process that dies says how to see that again. */
static inline void seeds_replay_by(const char *self, const char *arguments)
{
	char setting[100] = "";

	for (char **entry = environ; *entry; entry++)
		if (strncmp(*entry, "HAKMEM_", strlen("HAKMEM_")) == 0)
			snprintf(setting, sizeof(setting), "%s ", *entry);
	snprintf(seeds_replay, sizeof(seeds_replay), "%s%s %s", setting, self, arguments);
	signal(SIGABRT, seeds_on_signal);
	signal(SIGTERM, seeds_on_signal);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	signal(SIGSEGV, seeds_on_signal); /* theirs says more */
	signal(SIGBUS, seeds_on_signal);
#endif
}

/* The number behind an option's name, else `otherwise`. */
static inline uint64_t seeds_argument(int argc, char **argv, const char *option, uint64_t otherwise)
{
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], option) == 0)
			return strtoull(argv[i + 1], NULL, 10);
	return otherwise;
}

#endif
