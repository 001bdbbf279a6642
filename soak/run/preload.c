/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes LD_PRELOAD and tries it with the program's own loader. Called by the session, soak
 * bench and soak crosscheck.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "soak/run/account.h"
#include "soak/run/interpreter.h"
#include "soak/run/preload.h"

/* A library that takes longer than this to load hangs in its constructor. */
#define PATIENCE_MS 10000
#define WORDS_ENOUGH 65536 /* of a library that says much */

static char link_folder[64];

static void remove_links(void)
{
	DIR *folder = opendir(link_folder);
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
	rmdir(link_folder);
}

/* A folder that lasts as long as this process; all may pass it, as the target may be anybody. */
static int make_link_folder(void)
{
	if (link_folder[0])
		return 0;
	strcpy(link_folder, "/tmp/soak-preload-XXXXXX");
	if (!mkdtemp(link_folder) || chmod(link_folder, 0755)) {
		link_folder[0] = 0;
		return -errno;
	}
	atexit(remove_links);
	return 0;
}

/* The loader parts LD_PRELOAD at spaces and colons, and knows no quoting: such a path is linked. */
static int without_separators(const char *path, char *ret_path, size_t size)
{
	unsigned int hash = 5381;
	int code;

	if (!strpbrk(path, " :")) {
		snprintf(ret_path, size, "%s", path);
		return 0;
	}
	code = make_link_folder();
	if (code)
		return code;
	for (const char *c = path; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	snprintf(ret_path, size, "%s/%08x.so", link_folder, hash);
	unlink(ret_path);
	return symlink(path, ret_path) ? -errno : 0;
}

int preload_variable(const char *counter, const char *library, char *ret_variable, size_t size)
{
	const char *before = getenv("LD_PRELOAD");
	const char *parts[] = {counter, library, before ? before : ""};
	size_t length = snprintf(ret_variable, size, "LD_PRELOAD=");
	char linked[PATH_MAX];
	bool first = true;
	int code;

	for (int i = 0; i < 3; i++) {
		if (!parts[i][0])
			continue;
		code = i < 2 ? without_separators(parts[i], linked, sizeof(linked)) : 0;
		if (code)
			return code;
		length += snprintf(ret_variable + length, length < size ? size - length : 0, "%s%s",
			first ? "" : ":", i < 2 ? linked : parts[i]);
		first = false;
	}
	return length < size ? 0 : -ENAMETOOLONG;
}

/* What to run: a program that does nothing, or a loader that shall load a program. */
struct trial {
	char loader[PATH_MAX], program[PATH_MAX]; /* loader: empty if it is that of /bin/true */
};

static void plan(struct trial *trial, const char *program)
{
	char usual[PATH_MAX], unused[PATH_MAX];
	struct stat ours, theirs;

	if (interpreter_find(program, trial->loader, trial->program) ||
		interpreter_find("/bin/true", usual, unused) || stat(usual, &ours) ||
		stat(trial->loader, &theirs) ||
		(ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev))
		trial->loader[0] = 0;
}

static _Noreturn void run_nothing(
	const char *variable, const struct trial *trial, const struct account *account, int said)
{
	int nowhere = open("/dev/null", O_RDWR);

	dup2(nowhere, STDIN_FILENO);
	dup2(nowhere, STDOUT_FILENO);
	dup2(said, STDERR_FILENO);
	putenv((char *)variable);
	if (account_become(account))
		_exit(1);
	/* Both glibc's loader and musl's know this option, load all there is, and run nothing. */
	if (trial->loader[0])
		execl(trial->loader, trial->loader, "--list", trial->program, (char *)NULL);
	execl("/bin/true", "true", (char *)NULL);
	_exit(0); /* no such program here: nothing can be said */
}

/* What the child says until it ends, or has said enough. Returns false if it does not end. */
static bool listen_to(int said, struct text *words)
{
	struct pollfd fd = {said, POLLIN, 0};
	char part[512];
	ssize_t n = 1;

	while (n > 0 && words->length < WORDS_ENOUGH) {
		if (poll(&fd, 1, PATIENCE_MS) <= 0)
			return false;
		n = read(said, part, sizeof(part));
		text_add(words, "%.*s", n > 0 ? (int)n : 0, part);
	}
	return true;
}

/*
 * glibc's loader goes on without a library that it cannot load, and says so (dl-load.c, rtld.c);
 * musl's does not go on, and says so too (ldso/dynlink.c). What else is said may be a library's own
 * words, as hakmem's with HAKMEM_SS_OS_STATS=1.
 */
static const char *complaint(const char *words)
{
	const char *glibc = strstr(words, "ERROR: ld.so: ");
	const char *musl = strstr(words, "Error loading shared library ");

	if (!musl)
		musl = strstr(words, "Error relocating ");
	return glibc ? glibc : musl;
}

static void explain(bool ended, int status, struct text *words)
{
	const char *said = complaint(text_of(words)) ? complaint(text_of(words)) : text_of(words);

	if (!ended)
		text_set(words, "a test program that does nothing does not end");
	else if (*said && *said != '\n')
		text_set(words, "%.*s", (int)strcspn(said, "\n"), said);
	else
		text_set(words, "a test program that does nothing %s %d",
			WIFSIGNALED(status) ? "is killed by signal" : "ends with status",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

int preload_try(const char *variable, const char *program, const char *user, struct text *error)
{
	struct account account;
	struct trial trial;
	scoped_text words = {0};
	int said[2], status = 0;
	bool ended;
	pid_t pid;

	if (user && account_find(user, &account, error))
		return -EINVAL;
	if (pipe2(said, O_CLOEXEC))
		return text_fail(error, -errno, "cannot make a pipe: %m");
	plan(&trial, program);
	pid = fork();
	if (pid == 0)
		run_nothing(variable, &trial, user ? &account : NULL, said[1]);
	if (pid < 0) {
		int code = -errno;

		close(said[0]);
		close(said[1]);
		return text_fail(error, code, "cannot fork: %s", strerror(-code));
	}
	close(said[1]);
	ended = listen_to(said[0], &words);
	close(said[0]);
	if (!ended)
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	if (ended && !complaint(text_of(&words)) && status == 0)
		return 0;
	explain(ended, status, &words);
	return text_fail(
		error, -ELIBBAD, "a library does not load (%s): %s", variable, text_of(&words));
}
