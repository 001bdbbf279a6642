/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* Options, key and mode: a stray write ends the program once the allocator has started. */
#include "src/settled.h"
#include "src/hakmem.h"
#include "src/prefixed.h"
#include "tests/tap.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* How a process ends that changes a byte of it. */
static int change(volatile void *p)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
		*(volatile char *)p ^= 1;
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	return status;
}

int main(void)
{
	static const struct place {
		const char *name;
		volatile void *start;
	} places[] = {
		{"options", &hk_settled.options},
		{"key", &hk_settled.key},
		{"mode", &hk_settled.mode},
		{"the page's last byte", (char *)(&hk_settled + 1) - 1},
	};

	hak_free(hak_malloc(1));
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int status = change(places[i].start);

		tap_ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, places[i].name);
		printf(": a write ended with status %#x (want SIGSEGV)\n", (unsigned)status);
	}
	return tap_done();
}
