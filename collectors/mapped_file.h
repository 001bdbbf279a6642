/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finds the file behind a mapping. Its path does not identify the file: the path may lead to
 * another file by now, or in another mount namespace.
 */
#ifndef SOAK_MAPPED_FILE_H
#define SOAK_MAPPED_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "bpf/callers.h"

/*
 * Opens, with O_PATH, the file that `where` maps. While the process `tgid` runs, its map_files lead
 * to the file itself; they require CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE. Otherwise `path` is
 * followed from the root of the process, then from ours, and the file is taken if its inode is the
 * mapping's. Returns a descriptor, which the caller closes, or -ENOENT: the file was not found.
 */
int mapped_file_open(pid_t tgid, const struct caller_file *where, const char *path);

/* The device of a file as the kernel packs it: major << 20 | minor. */
uint32_t mapped_file_device(const struct stat *status);

/*
 * On overlayfs and btrfs stat() reports another device than the mappings do, so a file is
 * identified by its inode alone.
 */
bool mapped_file_hides_device(int fd);

#endif
