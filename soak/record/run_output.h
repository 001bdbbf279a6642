/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file that a recorder writes: the named one if it is new. A recording that is there already is
 * replaced, by rename(2), when the new one has begun; until then the new one lies beside it, named
 * NAME.new-PID. Both are locked by flock(2), which SQLite does not use, so that two soaks never
 * write one file. For the recorder alone.
 */
#ifndef SOAK_RUN_OUTPUT_H
#define SOAK_RUN_OUTPUT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "soak/words/text.h"

struct run_output {
	char path[PATH_MAX], file[PATH_MAX + 32]; /* the name it shall have, and has */
	int fd;                                   /* holds the lock of what is written */
	int old_fd; /* and of what it will replace, until then; else -1 */
};

/* Returns 0, or a negative errno with one line in `error`; run_output_release() is due anyway. */
int run_output_create(
	struct run_output *output, const char *path, bool overwrite, struct text *error);

/* Replaces what was there, if anything was. The database must be closed. 0 or a negative errno. */
int run_output_take_name(struct run_output *output);

/* Removes the file that is written, journals too; what was there before stays. */
void run_output_remove(struct run_output *output);

/* After the database is closed: closing any descriptor ends this process's fcntl locks on it. */
void run_output_release(struct run_output *output);

#endif
