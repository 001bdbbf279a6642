/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding a program before anything is created, so that a misspelt name costs nothing. */
#ifndef SOAK_PROGRAM_H
#define SOAK_PROGRAM_H

#include <limits.h>
#include <stddef.h>

#include "soak/words/text.h"

/*
 * As execvp() would: by PATH unless there is a slash in the name. Returns 0, or a negative errno
 * with one line in `error`.
 */
int program_find(const char *name, char ret_path[PATH_MAX], struct text *error);

#endif
