/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "soak/run/account.h"
#include "soak/run/preload.h"

/* A library that takes longer than this to load hangs in its constructor. */
#define PATIENCE_MS 10000

int preload_variable(const char *counter, const char *library, char *ret_variable, size_t size)
{
	const char *before = getenv("LD_PRELOAD");
	const char *parts[] = {counter, library, before ? before : ""};
	size_t length = snprintf(ret_variable, size, "LD_PRELOAD=");
	bool first = true;

	for (int i = 0; i < 3; i++) {
		if (!parts[i][0])
			continue;
		if (i < 2 && strpbrk(parts[i], " :"))
			return -EINVAL;
		length += snprintf(ret_variable + length, length < size ? size - length : 0, "%s%s",
			first ? "" : ":", parts[i]);
		first = false;
	}
	return length < size ? 0 : -ENAMETOOLONG;
}

static _Noreturn void run_nothing(const char *variable, const struct account *account, int said)
{
	int nowhere = open("/dev/null", O_RDWR);

	dup2(nowhere, STDIN_FILENO);
	dup2(nowhere, STDOUT_FILENO);
	dup2(said, STDERR_FILENO);
	putenv((char *)variable);
	if (account_become(account))
		_exit(1);
	execl("/bin/true", "true", (char *)NULL);
	_exit(0); /* no such program here: nothing can be said */
}

/* What the child says until it ends. Returns false if it does not end. */
static bool listen_to(int said, char *text, size_t size)
{
	struct pollfd fd = {said, POLLIN, 0};
	size_t length = 0;
	ssize_t n = 1;

	while (n > 0 && length < size - 1) {
		if (poll(&fd, 1, PATIENCE_MS) <= 0)
			return false;
		n = read(said, text + length, size - 1 - length);
		length += n > 0 ? n : 0;
	}
	text[length] = 0;
	return true;
}

/*
 * glibc's loader goes on without a library that it cannot load, and says so (dl-load.c, rtld.c).
 * What else is said may be a library's own words, as hakmem's with HAKMEM_SS_OS_STATS=1.
 */
static const char *complaint(const char *words)
{
	return strstr(words, "ERROR: ld.so: ");
}

static void explain(bool ended, int status, char *words, size_t size)
{
	if (!ended)
		snprintf(words, size, "a program that does nothing does not end");
	else if (!words[0])
		snprintf(words, size, "a program that does nothing %s %d",
			WIFSIGNALED(status) ? "is killed by signal" : "ends with status",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

int preload_try(const char *variable, const char *user, char *error, size_t error_size)
{
	struct account account;
	char words[512] = "";
	int said[2], status = 0;
	bool ended;
	pid_t pid;

	if (user && account_find(user, &account, error, error_size))
		return -EINVAL;
	if (pipe2(said, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid == 0)
		run_nothing(variable, user ? &account : NULL, said[1]);
	close(said[1]);
	ended = pid > 0 && listen_to(said[0], words, sizeof(words));
	close(said[0]);
	if (pid > 0) {
		if (!ended)
			kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	if (ended && !complaint(words) && status == 0)
		return 0;
	if (complaint(words))
		memmove(words, complaint(words), strlen(complaint(words)) + 1);
	words[strcspn(words, "\n")] = 0;
	explain(ended, status, words, sizeof(words));
	snprintf(error, error_size, "a library does not load (%s): %s", variable, words);
	return -ELIBBAD;
}
