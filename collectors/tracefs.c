/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include "collectors/tracefs.h"

static int open_mounted(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	/* The mount point exists even where nothing is mounted on it. */
	if (faccessat(fd, "events", F_OK, 0) == 0)
		return fd;
	close(fd);
	return -ENOENT;
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

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		int fd = open_mounted(places[i]);

		if (fd >= 0)
			return fd;
	}
	return open_detached();
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
