/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: a process's open descriptors are counted exactly, whichever way the kernel tells of them. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collectors/open_files.h"
#include "tests/tap.h"

static pthread_t first;

static void *stop_alone(void *unused)
{
	pthread_join(first, NULL);
	kill(getpid(), SIGSTOP);
	return unused;
}

/* A stopped process with so many descriptors; `headless`: its first thread has ended. */
static pid_t holder(int count, bool headless)
{
	pid_t pid = fork();
	pthread_t other;

	if (pid) {
		waitpid(pid, NULL, WUNTRACED);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int fd = 0; fd < 1024; fd++)
		close(fd);
	for (int i = 0; i < count; i++)
		if (open("/dev/null", O_RDONLY) != i)
			_exit(1);
	first = pthread_self();
	if (headless && pthread_create(&other, NULL, stop_alone, NULL) == 0)
		pthread_exit(NULL);
	raise(SIGSTOP);
	_exit(0);
}

static void check(int count, bool headless, const char *what)
{
	pid_t pid = holder(count, headless);

	tap_near(open_files_count(pid), count, 0, what);
	tap_near(open_files_list(pid), count, 0, "by a list of them");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	tap_ok(open_files_count(pid) < 0, "no count once it has ended");
	printf("\n");
}

int main(void)
{
	check(97, false, "97 descriptors");
	check(0, false, "none");
	check(251, true, "251, and the first thread has ended");
	return tap_done();
}
