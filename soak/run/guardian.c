/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The body of the guardian process. Called in the child that target.c forks. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "collectors/procfs.h"
#include "soak/run/guardian.h"

#define MOST_DESCENDANTS 4096
#define GIVE_UP_S 10

static void tell(int fd, const struct guardian_message *message)
{
	while (write(fd, message, sizeof(*message)) < 0 && errno == EINTR)
		;
}

/* Reaps what has ended. Returns false when there are no children left. */
static bool reap(int report_fd, pid_t target)
{
	for (;;) {
		struct guardian_message message = {.type = GUARDIAN_ENDED};

		message.pid = waitpid(-1, &message.wait_status, WNOHANG);
		if (message.pid == 0)
			return true;
		if (message.pid < 0)
			return errno == EINTR;
		if (message.pid == target)
			tell(report_fd, &message);
	}
}

static bool holds(const pid_t *pids, size_t n, pid_t pid)
{
	for (size_t i = 0; i < n; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/*
 * Since it was listed, a process may have ended and its number have gone to a stranger. The
 * descriptor names one process for good, and the parent is looked at after it was opened: whatever
 * is killed was below us when its parent was read.
 */
static void kill_listed(const pid_t *pids, size_t n, pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);
	pid_t parent = procfs_parent(pid);

	if (fd >= 0 && (parent == getpid() || holds(pids, n, parent)))
		syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
	if (fd >= 0)
		close(fd);
}

/* Orphans come to us, so what is killed level by level cannot get away. */
static time_t monotonic_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void kill_tree(int report_fd, pid_t target)
{
	static pid_t pids[MOST_DESCENDANTS];
	time_t until = monotonic_s() + GIVE_UP_S;

	/* What does not die of it in that time is init's, with its SIGKILL pending. */
	while (reap(report_fd, target) && monotonic_s() < until) {
		size_t n = procfs_descendants(getpid(), pids, MOST_DESCENDANTS);

		for (size_t i = 0; i < n; i++)
			kill_listed(pids, n, pids[i]);
		if (n == 0)
			kill(target, SIGKILL);
		usleep(2000);
	}
}

_Noreturn void guardian_main(void (*child)(void *context), void *context, int report_fd,
	int life_fd, const int child_fds[2])
{
	struct guardian_message message = {.type = GUARDIAN_STARTED};
	sigset_t signals;
	int child_fd;

	prctl(PR_SET_NAME, "soak-guardian");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	/* Signals from the terminal are for soak and the target; we outlive both. */
	sigfillset(&signals);
	sigprocmask(SIG_SETMASK, &signals, NULL);
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	child_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	message.pid = fork();
	if (message.pid == 0) {
		child(context);
		_exit(127);
	}
	close(child_fds[0]);
	close(child_fds[1]);
	tell(report_fd, &message);
	for (;;) {
		struct pollfd fds[] = {{child_fd, POLLIN, 0}, {life_fd, 0, 0}};
		struct signalfd_siginfo info;

		poll(fds, 2, -1);
		while (read(child_fd, &info, sizeof(info)) > 0)
			;
		reap(report_fd, message.pid);
		if (fds[1].revents & (POLLHUP | POLLERR))
			break;
	}
	kill_tree(report_fd, message.pid);
	_exit(0);
}
