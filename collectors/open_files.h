/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many file descriptors the target's processes have open. */
#ifndef SOAK_OPEN_FILES_H
#define SOAK_OPEN_FILES_H

#include "collectors/tree.h"

/*
 * Of one process, or a negative errno. The kernel tells the number as the size of /proc/PID/fd
 * (Linux 6.2, fs/proc/fd.c), which anyone may ask for. Before that the descriptors are listed,
 * which takes the right to trace the process, and a lookup for each.
 */
int64_t open_files_count(pid_t tgid);
int64_t open_files_list(pid_t tgid); /* the second way alone */

/*
 * Fills open_fds, the sum over the live processes; leaves it alone if some process must not be
 * looked at.
 */
void open_files_fill(struct tree *tree, struct sample *sample);

#endif
