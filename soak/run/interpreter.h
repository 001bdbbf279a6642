/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which loader a program will be started by. */
#ifndef SOAK_INTERPRETER_H
#define SOAK_INTERPRETER_H

#include <limits.h>

/*
 * Finds the loader (PT_INTERP) of `name`, which is looked up in PATH, and the program that it
 * loads: of a script that is the program after #!, of "#!/usr/bin/env NAME" that one. Returns 0, or
 * -ENOENT if it has none, as a static program, or if that cannot be told.
 */
int interpreter_find(const char *name, char ret_loader[PATH_MAX], char ret_program[PATH_MAX]);

#endif
