/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file that a recorder writes. If the named file exists, the recording is written to
 * NAME.new-PID and replaces the old file by rename(2) once it has begun. Both files are locked by
 * flock(2), which SQLite does not use, so that two soaks never write the same file. For the
 * recorder alone.
 */
#ifndef SOAK_RUN_OUTPUT_H
#define SOAK_RUN_OUTPUT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "soak/words/text.h"

struct run_output {
	char path[PATH_MAX], file[PATH_MAX + 32]; /* its final name; its present name */
	int fd;                                   /* holds the lock of the new file */
	int old_fd; /* holds the lock of the old file until it is replaced; -1: none */
};

/* Returns 0, or a negative errno with one line in `error`. Always call run_output_release(). */
int run_output_create(
	struct run_output *output, const char *path, bool overwrite, struct text *error);

/* Replaces the old file, if any. The database must be closed. Returns 0 or a negative errno. */
int run_output_take_name(struct run_output *output);

/* Removes the new file and its journals; the old file stays. */
void run_output_remove(struct run_output *output);

/* After the database is closed: closing any descriptor ends this process's fcntl locks on it. */
void run_output_release(struct run_output *output);

#endif
