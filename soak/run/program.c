/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks a program up in PATH. Called before anything is created. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "soak/run/program.h"

static int check_path(const char *path, struct text *error)
{
	struct stat st;
	int code = access(path, X_OK) || stat(path, &st) ? -errno : 0;

	if (code)
		text_set(error, "cannot run %s: %s", path, strerror(-code));
	else if (!S_ISREG(st.st_mode)) {
		text_set(error, "cannot run %s: it is not a file", path);
		code = -EACCES;
	}
	return code;
}

int program_find(const char *name, char ret_path[PATH_MAX], struct text *error)
{
	const char *path = getenv("PATH");
	char *copy, *rest;
	int code = -ENOENT;

	if (strchr(name, '/')) {
		snprintf(ret_path, PATH_MAX, "%s", name);
		return check_path(name, error);
	}
	rest = copy = strdup(path ? path : "/usr/bin:/bin");
	for (char *dir = strsep(&rest, ":"); dir && code; dir = strsep(&rest, ":")) {
		snprintf(ret_path, PATH_MAX, "%s/%s", *dir ? dir : ".", name);
		code = access(ret_path, X_OK) ? -ENOENT : 0;
	}
	free(copy);
	if (code)
		text_set(error, "no program %s in PATH", name);
	return code;
}
