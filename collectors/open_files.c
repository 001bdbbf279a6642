/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts the target's open file descriptors. Called by the session once a second. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "collectors/open_files.h"
#include "collectors/procfs.h"

int64_t open_files_list(pid_t tgid)
{
	int64_t count = 0;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", procfs_speaker(tgid));
	dir = opendir(path);
	if (!dir)
		return -errno;
	for (const struct dirent *entry; (entry = readdir(dir));)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

int64_t open_files_count(pid_t tgid)
{
	struct stat directory;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd", tgid);
	if (stat(path, &directory))
		return -errno;
	/* 0: an older kernel, no descriptors, or a first thread that has ended and has none. */
	return directory.st_size > 0 ? directory.st_size : open_files_list(tgid);
}

void open_files_fill(struct tree *tree, struct sample *sample)
{
	int64_t sum = 0;

	for (size_t i = 0; i < tree_count(tree); i++) {
		int64_t count = open_files_count(tree_process(tree, i)->tgid);

		if (count == -EACCES || count == -EPERM)
			return;
		sum += count > 0 ? count : 0;
	}
	sample->v[METRIC_open_fds] = sum;
}
