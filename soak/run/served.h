/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Does the library that was preloaded serve a process: is the malloc that its program calls that
 * library's? That it is mapped does not say so.
 */
#ifndef SOAK_SERVED_H
#define SOAK_SERVED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "soak/words/text.h"

/* Has the program of this process a malloc of its own linked in, static or not? */
bool served_by_itself(pid_t pid);

/* Does the library export a malloc? */
bool served_has_malloc(const char *library);

enum served {
	/* it has ended, its loader is still at work, or the library serves nobody */
	SERVED_UNKNOWN,
	SERVED,
	SERVED_NOT /* and never will be, until it executes another program */
};

/*
 * `library`: the real path of the one that was preloaded. `ret_why` is filled in with SERVED_NOT
 * alone.
 */
enum served served_by(pid_t pid, const char *library, struct text *ret_why);

#endif
