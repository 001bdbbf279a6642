/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the loader of a program. */
#ifndef SOAK_INTERPRETER_H
#define SOAK_INTERPRETER_H

#include <limits.h>

/*
 * Finds the loader (PT_INTERP) of `name`, which is looked up in PATH, and the program that it
 * loads. For a script that is the program after #!; for "#!/usr/bin/env NAME" it is NAME. Returns
 * 0, or -ENOENT if there is no loader, as for a static program, or if it cannot be found out.
 */
int interpreter_find(const char *name, char ret_loader[PATH_MAX], char ret_program[PATH_MAX]);

#endif
