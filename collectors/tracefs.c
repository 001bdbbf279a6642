/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds tracefs and reads the ids of tracepoints. Called by all that attach to tracepoints. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/tracefs.h"

static int open_mounted(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), code;
	struct stat status;

	if (fd < 0)
		return -errno;
	/*
	 * The mount point exists even where nothing is mounted on it. access() would ask for the
	 * real user and without capabilities.
	 */
	if (fstatat(fd, "events", &status, 0) == 0)
		return fd;
	code = -errno;
	close(fd);
	return code;
}

static int open_detached(void)
{
	int fs = fsopen("tracefs", FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0)
		return -errno;
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) {
		fd = -errno;
	} else {
		fd = fsmount(fs, FSMOUNT_CLOEXEC, 0);
		if (fd < 0)
			fd = -errno;
	}
	close(fs);
	return fd;
}

int tracefs_open(void)
{
	static const char *const places[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};

	bool forbidden = false;
	int fd;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		fd = open_mounted(places[i]);
		if (fd >= 0)
			return fd;
		forbidden |= fd == -EACCES;
	}
	fd = open_detached();
	return fd < 0 && forbidden ? -EACCES : fd;
}

void tracefs_explain(int code, struct text *text)
{
	if (code == -EACCES)
		text_set(text, "no right to read tracefs: give CAP_DAC_READ_SEARCH, or run "
			       "as root");
	else if (code == -EPERM || code == -ENOSYS)
		text_set(text,
			"tracefs is not mounted: mount -t tracefs tracefs /sys/kernel/tracing, or "
			"give a container --volume /sys/kernel/tracing:/sys/kernel/tracing:ro");
	else
		text_set(text, "cannot open tracefs: %s", strerror(-code));
}

int tracefs_event_id(int tracefs_fd, const char *event)
{
	char path[128], text[16];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "events/%s/id", event);
	fd = openat(tracefs_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (length <= 0)
		return -EIO;
	text[length] = 0;
	return atoi(text);
}
