/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The built-in workloads that --workload and job files name: the one table of them. Tools read it
 * as `soak run --workload list` prints it.
 */
#ifndef SOAK_BUILTIN_H
#define SOAK_BUILTIN_H

#include <limits.h>
#include <stddef.h>
#include <stdio.h>

#include "soak/words/text.h"

#define BUILTIN_WORDS 8 /* after ITERS */

struct builtin {
	const char *name;  /* "mixed"; lives as long as the program */
	const char *iters; /* iterations of a run of a second or two */
	char program[PATH_MAX];
	/* The program, ITERS, more words, NULL. ITERS is 0: until told to stop. Points into this
	   struct: do not copy it. */
	char *argv[2 + BUILTIN_WORDS + 1];
};

/* Returns 0, -EINVAL for an unknown name, or -ENOPKG; one line in `error`. */
int builtin_find(const char *name, struct builtin *ret_builtin, struct text *error);

/* The name by place, from 0, and what it is; NULL beyond the last. */
const char *builtin_at(size_t place, const char **ret_what);

/* One line each: name, program with its arguments, what it is; two spaces or more between them. */
void builtin_list(FILE *out);

#endif
