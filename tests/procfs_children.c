/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: children and descendants are listed whole, whatever the length of the kernel's list. */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collectors/procfs.h"
#include "tests/tap.h"

#define CHILDREN 2003 /* their numbers fill more than two pages */

static pid_t forked[CHILDREN], listed[2 * CHILDREN];

static int by_number(const void *a, const void *b)
{
	return (*(const pid_t *)a > *(const pid_t *)b) - (*(const pid_t *)a < *(const pid_t *)b);
}

static pid_t fork_one(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pause();
	_exit(0);
}

static size_t wrong(size_t n)
{
	size_t count = 0;

	qsort(listed, n, sizeof(*listed), by_number);
	for (size_t i = 0; i < CHILDREN && i < n; i++)
		count += listed[i] != forked[i];
	return count;
}

int main(void)
{
	size_t n, ended = 0;

	for (int i = 0; i < CHILDREN; i++)
		forked[i] = fork_one();
	qsort(forked, CHILDREN, sizeof(*forked), by_number);
	tap_ok(forked[0] > 0, "all were forked");
	printf(" (the first is %d)\n", forked[0]);

	n = procfs_children(getpid(), listed, 2 * CHILDREN);
	tap_near(n, CHILDREN, 0, "children listed");
	tap_near(wrong(n), 0, 0, "listed numbers that are no child's");
	n = procfs_descendants(getpid(), listed, 2 * CHILDREN);
	tap_near(n, CHILDREN, 0, "descendants listed");
	tap_near(wrong(n), 0, 0, "listed numbers that are no descendant's");
	tap_near(procfs_children(getpid(), listed, 11), 11, 0, "no more than there is room for");
	tap_near(procfs_parent(forked[0]), getpid(), 0, "the parent of a child");

	for (int i = 0; i < CHILDREN; i++) {
		kill(forked[i], SIGKILL);
		ended += waitpid(forked[i], NULL, 0) == forked[i];
	}
	tap_near(ended, CHILDREN, 0, "children ended");
	return tap_done();
}
