/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Does the preloaded library serve a process, that is, does its program call that library's malloc?
 * A library can be mapped without serving the program.
 */
#ifndef SOAK_SERVED_H
#define SOAK_SERVED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "soak/words/text.h"

/* Does the program of this process have its own malloc linked in, static or not? */
bool served_by_itself(pid_t pid);

/* Does the library export a malloc? */
bool served_has_malloc(const char *library);

enum served {
	/* the process has ended, its loader still works, or the library exports no malloc */
	SERVED_UNKNOWN,
	SERVED,
	SERVED_NOT /* not until the process executes another program */
};

/*
 * `library`: real path of the preloaded library. `ret_why` is filled in only with SERVED_NOT.
 */
enum served served_by(pid_t pid, const char *library, struct text *ret_why);

#endif
