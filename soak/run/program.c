/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks a program up in PATH. Called before anything is created. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "soak/run/program.h"

static int check_path(const char *path, char *error, size_t error_size)
{
	struct stat st;
	int code = access(path, X_OK) || stat(path, &st) ? -errno : 0;

	if (code)
		snprintf(error, error_size, "cannot run %s: %s", path, strerror(-code));
	else if (!S_ISREG(st.st_mode)) {
		snprintf(error, error_size, "cannot run %s: it is not a file", path);
		code = -EACCES;
	}
	return code;
}

int program_find(const char *name, char ret_path[PATH_MAX], char *error, size_t error_size)
{
	const char *path = getenv("PATH");
	char *copy, *rest;
	int code = -ENOENT;

	if (strchr(name, '/')) {
		snprintf(ret_path, PATH_MAX, "%s", name);
		return check_path(name, error, error_size);
	}
	rest = copy = strdup(path ? path : "/usr/bin:/bin");
	for (char *dir = strsep(&rest, ":"); dir && code; dir = strsep(&rest, ":")) {
		snprintf(ret_path, PATH_MAX, "%s/%s", *dir ? dir : ".", name);
		code = access(ret_path, X_OK) ? -ENOENT : 0;
	}
	free(copy);
	if (code)
		snprintf(error, error_size, "no program %s in PATH", name);
	return code;
}
