/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Creates, locks and renames the file of a recording. Called by recorder.c. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "soak/record/run_output.h"

static void remove_journals(const char *path)
{
	static const char *const endings[] = {"-wal", "-shm", "-journal"};
	char journal[PATH_MAX + 16];

	for (size_t e = 0; e < sizeof(endings) / sizeof(*endings); e++) {
		snprintf(journal, sizeof(journal), "%s%s", path, endings[e]);
		unlink(journal);
	}
}

/* A recording, or a file that has nothing in it. The application id stands at byte 68. */
static bool may_be_replaced(int fd)
{
	char head[72];
	ssize_t n = pread(fd, head, sizeof(head), 0);

	return n == 0 || (n == sizeof(head) && memcmp(head + 68, "SOAK", 4) == 0);
}

/* Why the file that is there may not be replaced, or 0 with its lock taken. */
static int claim_old(const char *path, int fd, struct text *error)
{
	struct stat st, named;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return text_fail(error, -EINVAL, "%s is %s", path,
			S_ISDIR(st.st_mode) ? "a directory" : "not a regular file but a device");
	if (!may_be_replaced(fd))
		return text_fail(error, -EEXIST,
			"%s is not a recording: --force replaces nothing else", path);
	/* Whoever held the lock until now may have given the name to another file. */
	if (flock(fd, LOCK_EX | LOCK_NB) || stat(path, &named) || named.st_ino != st.st_ino)
		return text_fail(error, -EEXIST,
			"%s is being recorded by another soak: name another --output", path);
	return 0;
}

static int cannot_create(const char *path, int code, struct text *error)
{
	if (code == EEXIST)
		text_set(error, "%s exists: name another --output, or add --force", path);
	else
		text_set(error, "cannot create %s: %s", path, strerror(code));
	return -code;
}

/*
 * The file that is written: the named one if it is new, else one beside it, until recording has
 * begun. Both are locked by flock(2), which SQLite does not use: a second soak is refused.
 */
int run_output_create(
	struct run_output *output, const char *path, bool overwrite, struct text *error)
{
	int code;

	output->fd = output->old_fd = -1;
	snprintf(output->path, sizeof(output->path), "%s", path);
	snprintf(output->file, sizeof(output->file), "%s", path);
	output->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (output->fd < 0 && errno == EEXIST && overwrite) {
		output->old_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (output->old_fd < 0)
			return cannot_create(path, errno, error);
		code = claim_old(path, output->old_fd, error);
		if (code || !realpath(path, output->path))
			return code ? code : -errno;
		snprintf(output->file, sizeof(output->file), "%s.new-%d", output->path,
			(int)getpid());
		output->fd = open(output->file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	}
	if (output->fd < 0)
		return cannot_create(path, errno, error);
	flock(output->fd, LOCK_EX | LOCK_NB);
	if (output->old_fd < 0)
		remove_journals(path);
	return 0;
}

int run_output_take_name(struct run_output *output)
{
	if (output->old_fd < 0)
		return 0;
	/* The old one's journals must not be taken for the new one's. */
	remove_journals(output->path);
	if (rename(output->file, output->path))
		return -errno;
	snprintf(output->file, sizeof(output->file), "%s", output->path);
	close(output->old_fd);
	output->old_fd = -1;
	return 0;
}

void run_output_remove(struct run_output *output)
{
	remove_journals(output->file);
	unlink(output->file);
}

void run_output_release(struct run_output *output)
{
	if (output->fd >= 0)
		close(output->fd);
	if (output->old_fd >= 0)
		close(output->old_fd);
}
