/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The built-in workloads that --workload and job files name. */
#ifndef SOAK_BUILTIN_H
#define SOAK_BUILTIN_H

#include <limits.h>
#include <stddef.h>

struct builtin {
	const char *name; /* "mixed"; lives as long as the program */
	char program[PATH_MAX];
	char *argv[5]; /* points into this struct: do not copy it */
};

/* Returns 0, -EINVAL for a name that is none, or -ENOPKG; one line in `error`. */
int builtin_find(const char *name, struct builtin *ret_builtin, char *error, size_t error_size);

#endif
