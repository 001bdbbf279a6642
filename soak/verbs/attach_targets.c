/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Turns names, units and numbers into process ids. Called by soak attach. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/procfs.h"
#include "soak/verbs/attach_targets.h"

#define MOST_DEEP 32        /* directories of the control group hierarchy */
#define MOST_ANCESTORS 1000 /* in case processes come and go while they are looked at */

static int add(struct attach_targets *targets, pid_t pid)
{
	pid_t *grown;

	for (size_t i = 0; i < targets->count; i++)
		if (targets->pids[i] == pid)
			return 0;
	grown = reallocarray(targets->pids, targets->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	targets->pids = grown;
	grown[targets->count++] = pid;
	return 0;
}

/* ---- names of processes ---------------------------------------------------------------------- */

/* The last part of the program file's path; empty if it may not be read. */
static void program_name(pid_t pid, char *ret_name, size_t size)
{
	char path[64], file[PATH_MAX], *slash;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/exe", procfs_speaker(pid));
	length = readlink(path, file, sizeof(file) - 1);
	file[length > 0 ? length : 0] = 0;
	slash = strrchr(file, '/');
	snprintf(ret_name, size, "%.*s", NAME_MAX, slash ? slash + 1 : file);
	slash = strstr(ret_name, " (deleted)");
	if (slash)
		*slash = 0;
}

/* What the process calls itself; the kernel keeps 15 characters of that. */
static void process_name(pid_t pid, char *ret_name, size_t size)
{
	char program[NAME_MAX + 1];

	procfs_comm(pid, ret_name, size);
	program_name(pid, program, sizeof(program));
	if (strlen(ret_name) == 15 && strncmp(program, ret_name, 15) == 0)
		snprintf(ret_name, size, "%s", program);
}

static bool is_called(pid_t pid, const char *name)
{
	char own[NAME_MAX + 1];

	procfs_comm(pid, own, sizeof(own));
	if (!name[0] || strcmp(own, name) == 0)
		return name[0];
	program_name(pid, own, sizeof(own));
	return strcmp(own, name) == 0;
}

/* Adds the process's name to that of all, unless it is there. */
static void add_name(struct attach_targets *targets, pid_t pid)
{
	const char *all = text_of(&targets->name), *at = all;
	char name[NAME_MAX + 1];
	size_t length;

	process_name(pid, name, sizeof(name));
	length = strlen(name);
	while (length && (at = strstr(at, name))) {
		if ((at == all || at[-1] == ' ') && (!at[length] || at[length] == ','))
			return;
		at += length;
	}
	text_item(&targets->name, ", ", "%s", name);
}

int attach_targets_pid(struct attach_targets *targets, const char *text, struct text *error)
{
	char *end;
	long pid = strtol(text, &end, 10);

	if (*end || pid <= 0 || pid > INT_MAX)
		return text_fail(error, -EINVAL, "'%s' is not a process id", text);
	if (pid == getpid())
		return text_fail(error, -EINVAL, "a soak that observes itself would never settle");
	if (!procfs_alive(pid))
		return text_fail(error, -ESRCH, "there is no process %s, or it has ended", text);
	add_name(targets, pid);
	return add(targets, pid);
}

static bool has(const struct attach_targets *targets, pid_t pid)
{
	for (size_t i = 0; i < targets->count; i++)
		if (targets->pids[i] == pid)
			return true;
	return false;
}

/* Those that are below others are observed with them. Returns 0 or a negative errno. */
static int keep_topmost(struct attach_targets *targets)
{
	struct attach_targets all = *targets;
	int code = 0;

	targets->pids = NULL;
	targets->count = 0;
	for (size_t i = 0; !code && i < all.count; i++) {
		pid_t above = procfs_parent(all.pids[i]);

		for (int n = 0; above > 0 && n < MOST_ANCESTORS && !has(&all, above); n++)
			above = procfs_parent(above);
		if (above <= 0)
			code = add(targets, all.pids[i]);
	}
	free(all.pids);
	return code;
}

static int all_called(struct attach_targets *targets, const char *name)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int code = proc ? 0 : -errno;

	while (!code && (entry = readdir(proc))) {
		pid_t pid = atoi(entry->d_name);

		if (pid > 0 && pid != getpid() && procfs_alive(pid) && is_called(pid, name))
			code = add(targets, pid);
	}
	if (proc)
		closedir(proc);
	return code;
}

int attach_targets_name(struct attach_targets *targets, const char *name, struct text *error)
{
	struct attach_targets found = {0};
	int code = all_called(&found, name);

	if (!code)
		code = keep_topmost(&found);
	if (code) {
		text_set(error, "cannot look for %s: %s", name, strerror(-code));
	} else if (found.count == 0) {
		code = -ESRCH;
		text_set(error, "no process is called '%s'", name);
	} else if (found.count > 1) {
		code = -EEXIST;
		text_set(error,
			"%zu processes are called %s: give the PID, or several:", found.count,
			name);
		for (size_t i = 0; i < found.count; i++)
			text_add(error, " %d", found.pids[i]);
	} else {
		add_name(targets, found.pids[0]);
		code = add(targets, found.pids[0]);
	}
	free(found.pids);
	return code;
}

/* ---- units ----------------------------------------------------------------------------------- */

static bool is_unit(const char *directory, const char *unit)
{
	size_t length = strlen(unit);

	return strncmp(directory, unit, length) == 0 &&
	       (!directory[length] || strcmp(directory + length, ".service") == 0);
}

/* Finds the unit's directory below `path`, which it becomes. */
static bool find_directory(char path[PATH_MAX], const char *unit, int deep)
{
	size_t length = strlen(path);
	struct dirent *entry;
	bool found = false;
	DIR *dir = opendir(path);

	while (dir && !found && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		snprintf(path + length, PATH_MAX - length, "/%s", entry->d_name);
		found = is_unit(entry->d_name, unit) ||
			(deep < MOST_DEEP && find_directory(path, unit, deep + 1));
		if (!found)
			path[length] = 0;
	}
	if (dir)
		closedir(dir);
	return found;
}

/* All processes in the directory and below. */
static int add_members(struct attach_targets *targets, char path[PATH_MAX], int deep)
{
	size_t length = strlen(path);
	struct dirent *entry;
	FILE *list;
	DIR *dir;
	int pid, code = 0;

	snprintf(path + length, PATH_MAX - length, "/cgroup.procs");
	list = fopen(path, "re");
	while (list && !code && fscanf(list, "%d", &pid) == 1)
		code = pid > 0 && pid != getpid() && procfs_alive(pid) ? add(targets, pid) : 0;
	if (list)
		fclose(list);
	path[length] = 0;
	dir = opendir(path);
	while (dir && !code && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' || deep >= MOST_DEEP)
			continue;
		snprintf(path + length, PATH_MAX - length, "/%s", entry->d_name);
		code = add_members(targets, path, deep + 1);
		path[length] = 0;
	}
	if (dir)
		closedir(dir);
	return code;
}

static bool find_unit(char path[PATH_MAX], const char *unit)
{
	/* cgroup v2; both side by side; v1 */
	static const char *const roots[] = {
		"/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup"};
	struct stat status;

	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
		snprintf(path, PATH_MAX, "%s/%s", roots[i], unit);
		if (strchr(unit, '/') && stat(path, &status) == 0)
			return true;
		snprintf(path, PATH_MAX, "%s", roots[i]);
		if (find_directory(path, unit, 0))
			return true;
	}
	return false;
}

int attach_targets_unit(struct attach_targets *targets, const char *unit, struct text *error)
{
	struct attach_targets found = {0};
	char path[PATH_MAX];
	int code = -ENOENT;

	if (!unit[0] || !find_unit(path, unit))
		return text_fail(error, code,
			"no unit '%s': no directory below /sys/fs/cgroup is called that", unit);
	code = add_members(&found, path, 0);
	if (!code)
		code = keep_topmost(&found);
	for (size_t i = 0; !code && i < found.count; i++)
		code = add(targets, found.pids[i]);
	if (code) {
		text_set(error, "cannot list unit %s: %s", unit, strerror(-code));
	} else if (!found.count) {
		code = -ESRCH;
		text_set(error, "unit %s has no process", unit);
	} else if (!targets->name.length) {
		text_set(&targets->name, "%s", unit);
	}
	free(found.pids);
	return code;
}
