/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opens the file behind a mapping, by map_files, or by path and inode. Called by code_map.c and
 * heap_outside.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "collectors/mapped_file.h"
#include "collectors/procfs.h"

uint32_t mapped_file_device(const struct stat *status)
{
	return major(status->st_dev) << 20 | minor(status->st_dev);
}

static bool is_on(int fd, unsigned long magic)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (unsigned long)fs.f_type == magic;
}

bool mapped_file_hides_device(int fd)
{
	return is_on(fd, OVERLAYFS_SUPER_MAGIC) || is_on(fd, BTRFS_SUPER_MAGIC);
}

static bool is_the_file(int fd, const struct caller_file *where)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	       status.st_ino == where->inode &&
	       (mapped_file_device(&status) == where->device || mapped_file_hides_device(fd));
}

/* What the name leads to, or -ENOENT if that is another file. */
static int open_the_file(const char *name, const struct caller_file *where)
{
	int fd = open(name, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (is_the_file(fd, where))
		return fd;
	close(fd);
	return -ENOENT;
}

/*
 * On overlayfs a mapping may bear the inode of the file below, and its link leads to the one that
 * was opened: what has the name that the kernel told is it.
 */
static int open_the_mapping(const char *link, const struct caller_file *where)
{
	int fd = open_the_file(link, where);
	char path[PATH_MAX];
	ssize_t length;
	const char *slash;

	if (fd != -ENOENT)
		return fd;
	length = readlink(link, path, sizeof(path) - 1);
	if (length < 0)
		return -errno;
	path[length] = 0;
	slash = strrchr(path, '/');
	if (strncmp(slash ? slash + 1 : path, where->name, strlen(where->name)) != 0)
		return -ENOENT;
	fd = open(link, O_PATH | O_CLOEXEC);
	if (fd < 0 || is_on(fd, OVERLAYFS_SUPER_MAGIC))
		return fd < 0 ? -errno : fd;
	close(fd);
	return -ENOENT;
}

int mapped_file_open(pid_t tgid, const struct caller_file *where, const char *path)
{
	char name[PATH_MAX + 32];
	int fd;

	tgid = procfs_speaker(tgid);
	snprintf(
		name, sizeof(name), "/proc/%d/map_files/%llx-%llx", tgid, where->start, where->end);
	fd = open_the_mapping(name, where);
	if (fd < 0 && path[0] == '/') {
		snprintf(name, sizeof(name), "/proc/%d/root%s", tgid, path);
		fd = open_the_file(name, where);
	}
	if (fd < 0 && path[0] == '/')
		fd = open_the_file(path, where);
	return fd < 0 ? -ENOENT : fd;
}
