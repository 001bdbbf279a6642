/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Number of file descriptors that the target's processes have open. */
#ifndef SOAK_OPEN_FILES_H
#define SOAK_OPEN_FILES_H

#include "collectors/tree.h"

/*
 * The number for one process, or a negative errno. Since Linux 6.2 it is the size of /proc/PID/fd
 * (fs/proc/fd.c), which everybody may read. On older kernels the descriptors are listed, which
 * takes the right to trace the process and one lookup for each.
 */
int64_t open_files_count(pid_t tgid);
int64_t open_files_list(pid_t tgid); /* always lists */

/*
 * Fills open_fds, the sum over the live processes. Leaves it alone if one of them cannot be read.
 */
void open_files_fill(struct tree *tree, struct sample *sample);

#endif
