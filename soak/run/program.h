/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds a program before anything is created, so that a misspelt name has no effects. */
#ifndef SOAK_PROGRAM_H
#define SOAK_PROGRAM_H

#include <limits.h>
#include <stddef.h>

#include "soak/words/text.h"

/*
 * Finds it as execvp() would: by PATH unless the name has a slash. Returns 0, or a negative errno
 * with one line in `error`.
 */
int program_find(const char *name, char ret_path[PATH_MAX], struct text *error);

#endif
