/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Starts, releases, stops and ends the target through its guardian. Called by the session and by
 * capture.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "soak/run/account.h"
#include "soak/run/guardian.h"
#include "soak/run/signals.h"
#include "soak/run/target.h"

struct target {
	pid_t guardian, pid;
	int life_fd;   /* its end is our end */
	int report_fd; /* from the guardian */
	int gate_fd;   /* one byte opens the barrier */
	int exec_fd;   /* the errno of a failed exec; closed by one that succeeds */
};

/* The child's side of everything, before fork. */
struct child {
	const struct target_options *options;
	struct account account; /* of options->user */
	int gate_fd, exec_fd;
};

static _Noreturn void give_up(const struct child *child)
{
	int code = errno;

	while (write(child->exec_fd, &code, sizeof(code)) < 0 && errno == EINTR)
		;
	_exit(127);
}

static void run_child(void *context)
{
	struct child *child = context;
	const struct target_options *options = child->options;
	char byte;

	if (options->keep_fd >= 0)
		fcntl(options->keep_fd, F_SETFD, 0);
	if (options->output_fd >= 0 && dup2(options->output_fd, STDOUT_FILENO) < 0)
		give_up(child);
	if (account_become(options->user ? &child->account : NULL))
		give_up(child);
	if (options->clean)
		clearenv();
	for (char *const *variable = options->given; variable && *variable; variable++)
		putenv(*variable);
	for (const char *const *variable = options->environment; variable && *variable; variable++)
		putenv((char *)*variable);
	signals_restore();
	if (read(child->gate_fd, &byte, 1) != 1)
		_exit(127);
	execvp(options->argv[0], options->argv);
	give_up(child);
}

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

enum { LIFE, REPORT, GATE, EXEC, PIPES };

/* The guardian's process: keep its own ends of the pipes, let go of ours. */
static _Noreturn void run_guardian(int pipes[PIPES][2], struct child *child)
{
	const int ours[] = {pipes[LIFE][1], pipes[REPORT][0], pipes[GATE][1], pipes[EXEC][0]};

	close_all(ours, 4);
	child->gate_fd = pipes[GATE][0];
	child->exec_fd = pipes[EXEC][1];
	guardian_main(run_child, child, pipes[REPORT][1], pipes[LIFE][0],
		(int[]){pipes[GATE][0], pipes[EXEC][1]});
}

static int start_guardian(struct target *target, int pipes[PIPES][2], struct child *child)
{
	struct guardian_message message;

	target->guardian = fork();
	if (target->guardian < 0)
		return -errno;
	if (target->guardian == 0)
		run_guardian(pipes, child);
	/* The guardian and the target keep the other ends: drop ours, so that their end is seen. */
	close_all((int[]){pipes[LIFE][0], pipes[REPORT][1], pipes[GATE][0], pipes[EXEC][1]}, 4);
	pipes[LIFE][0] = pipes[REPORT][1] = pipes[GATE][0] = pipes[EXEC][1] = -1;
	if (read(target->report_fd, &message, sizeof(message)) != sizeof(message) ||
		message.pid <= 0)
		return -EAGAIN;
	target->pid = message.pid;
	return 0;
}

int target_start(
	const struct target_options *options, struct target **ret_target, struct text *error)
{
	int pipes[PIPES][2] = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
	struct child child = {.options = options};
	struct target *target;
	int code = options->user ? account_find(options->user, &child.account, error) : 0;

	if (code)
		return code;
	for (int p = 0; p < PIPES; p++) {
		if (pipe2(pipes[p], O_CLOEXEC)) {
			code = -errno;
			text_set(error, "cannot make a pipe: %s", strerror(errno));
			close_all(&pipes[0][0], 2 * PIPES);
			return code;
		}
	}
	target = calloc(1, sizeof(*target));
	if (!target) {
		close_all(&pipes[0][0], 2 * PIPES);
		return text_fail(error, -ENOMEM, "cannot start the target: %s", strerror(ENOMEM));
	}
	target->life_fd = pipes[LIFE][1];
	target->report_fd = pipes[REPORT][0];
	target->gate_fd = pipes[GATE][1];
	target->exec_fd = pipes[EXEC][0];
	code = start_guardian(target, pipes, &child);
	if (code) {
		close_all((int[]){pipes[LIFE][0], pipes[REPORT][1], pipes[GATE][0], pipes[EXEC][1]},
			4); /* -1 those that start_guardian() has closed */
		text_set(error, "cannot fork: %s", strerror(-code));
		target_close(target);
		return code;
	}
	fcntl(target->report_fd, F_SETFL, O_NONBLOCK);
	*ret_target = target;
	return 0;
}

pid_t target_pid(const struct target *target)
{
	return target->pid;
}

int target_release(struct target *target)
{
	int code = 0;

	if (write(target->gate_fd, "", 1) != 1)
		return -errno;
	/* A successful exec closes the other end without a word. */
	if (read(target->exec_fd, &code, sizeof(code)) != sizeof(code))
		return 0;
	return -code;
}

int target_fd(const struct target *target)
{
	return target->report_fd;
}

enum target_news target_poll(struct target *target, int *ret_wait_status)
{
	struct guardian_message message;
	ssize_t length = read(target->report_fd, &message, sizeof(message));

	if (length == 0)
		return TARGET_GUARDIAN_GONE;
	if (length != sizeof(message))
		return TARGET_NOTHING;
	*ret_wait_status = message.wait_status;
	return TARGET_ENDED;
}

void target_close(struct target *target)
{
	if (!target)
		return;
	close_all((int[]){target->life_fd, target->gate_fd, target->exec_fd}, 3);
	if (target->guardian > 0)
		waitpid(target->guardian, NULL, 0);
	close(target->report_fd);
	free(target);
}
