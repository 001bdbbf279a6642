/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* What comments in src/ promise is checked in this build: each promise broken ends the process. */
#define HAKMEM_ASSERTIONS /* as the library of the tests: what a lock is like depends on it */
#include "src/depot.h"
#include "src/entry.h"
#include "src/purge.h"
#include "src/stock.h"
#include "src/superslab.h"
#include "tests/tap.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void heap_unlocked(void)
{
	hk_heap_publish();
}

static void depot_unlocked(void)
{
	hk_stock_blocks(1);
}

static void lock_twice(void)
{
	hk_lock(&hk_heap.lock);
	hk_lock(&hk_heap.lock);
}

static void unlock_unlocked(void)
{
	hk_unlock(&hk_heap.lock);
}

static void purge_locked(void)
{
	hk_lock(&hk_heap.lock);
	hk_purge_all();
}

static void odd_alignment(void)
{
	hk_memalign(24, 100);
}

static void nothing_wanted(void)
{
	void *block;

	hk_depot_take(1, &block, 0);
}

/* *text: what the process wrote on stderr, that calls it. */
static int run(void (*breach)(void), char *text, size_t size)
{
	int pipes[2], status = -1;
	ssize_t length = 0;
	pid_t pid;

	text[0] = '\0';
	if (pipe(pipes) != 0)
		return status;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		dup2(pipes[1], STDERR_FILENO);
		alarm(20);
		breach();
		_exit(0);
	}
	close(pipes[1]);
	if (pid > 0) {
		length = read(pipes[0], text, size - 1);
		waitpid(pid, &status, 0);
	}
	close(pipes[0]);
	text[length > 0 ? length : 0] = '\0';
	return status;
}

int main(void)
{
	static const struct breach {
		const char *what;
		void (*call)(void);
		const char *said;
	} breaches[] = {
		{"the heap without its lock", heap_unlocked, "hk_holds(&hk_heap.lock)"},
		{"a stock without its lock", depot_unlocked, "hk_holds(&hk_depots[class].lock)"},
		{"a lock taken twice", lock_twice, "hk_may_take(lock)"},
		{"a lock that is not held", unlock_unlocked, "hk_holds(lock)"},
		{"a purge with the heap's lock", purge_locked, "hk_may_take(lock)"},
		{"alignment that is not a power of two", odd_alignment,
			"(align & (align - 1)) == 0"},
		{"no block wanted of a depot", nothing_wanted, "want >= 1"},
	};

	for (size_t i = 0; i < sizeof(breaches) / sizeof(breaches[0]); i++) {
		char text[200];
		int status = run(breaches[i].call, text, sizeof(text));

		text[strcspn(text, "\n")] = '\0';
		tap_has(text, breaches[i].said, breaches[i].what);
		tap_ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, breaches[i].what);
		printf(": the process ended with status %#x (want SIGABRT)\n", (unsigned)status);
	}
	return tap_done();
}
