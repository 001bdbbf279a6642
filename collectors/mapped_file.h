/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finds the file behind a mapping. Its path is no name for it: it may lead to another file by now,
 * or in another mount namespace.
 */
#ifndef SOAK_MAPPED_FILE_H
#define SOAK_MAPPED_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "bpf/callers.h"

/*
 * Opens the file that `where` maps as O_PATH. While the process `tgid` lives, its map_files lead to
 * the file itself; they take CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE. Else what `path` leads to,
 * from the root of the process or ours, is taken if its inode is the one. Returns a descriptor, or
 * -ENOENT: the file is not to be found.
 */
int mapped_file_open(pid_t tgid, const struct caller_file *where, const char *path);

/* The device of a file as the kernel packs it: major << 20 | minor. */
uint32_t mapped_file_device(const struct stat *status);

/*
 * overlayfs and btrfs: stat() tells another device than the mappings' there, so that a file is
 * known by its inode alone.
 */
bool mapped_file_hides_device(int fd);

#endif
