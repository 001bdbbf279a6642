/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads single facts from /proc/PID. Called wherever one is needed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/procfs.h"

ssize_t procfs_read(pid_t tgid, const char *name, char *ret_text, size_t size)
{
	size_t length = 0;
	char path[64];
	ssize_t n;
	int fd;

	if (strcmp(name, "status") == 0 || strcmp(name, "smaps_rollup") == 0)
		tgid = procfs_speaker(tgid);
	snprintf(path, sizeof(path), "/proc/%d/%s", tgid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while ((n = read(fd, ret_text + length, size - 1 - length)) > 0)
		length += n;
	n = n < 0 ? -errno : (ssize_t)length;
	close(fd);
	ret_text[length] = 0;
	return n;
}

int64_t procfs_field(const char *text, const char *key)
{
	size_t length = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, length) == 0 && line[length] == ':')
			return strtoll(line + length + 1, NULL, 10);
	}
	return -1;
}

bool procfs_is_ours(void)
{
	char text[16];
	ssize_t length = readlink("/proc/self", text, sizeof(text) - 1);

	text[length < 0 ? 0 : length] = 0;
	return atoi(text) == getpid();
}

/* 'Z' and the like; 0 when there is no such process. */
static char state_of(pid_t tgid)
{
	char text[512];
	const char *end;

	if (procfs_read(tgid, "stat", text, sizeof(text)) <= 0)
		return 0;
	end = strrchr(text, ')');
	return end && end[1] ? end[2] : 0;
}

/* A thread that is not the first one, or 0. Ended threads are in the list no more, except that. */
static pid_t other_thread(pid_t tgid)
{
	struct dirent *entry;
	pid_t found = 0;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", tgid);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir)))
		found = atoi(entry->d_name) == tgid ? 0 : atoi(entry->d_name);
	if (dir)
		closedir(dir);
	return found;
}

bool procfs_alive(pid_t tgid)
{
	char state = state_of(tgid);

	return state && state != 'X' && (state != 'Z' || other_thread(tgid));
}

pid_t procfs_speaker(pid_t tgid)
{
	pid_t other = state_of(tgid) == 'Z' ? other_thread(tgid) : 0;

	return other ? other : tgid;
}

/* The path without the root that the process was put into by chroot(). */
static const char *below_root(pid_t tgid, const char *path)
{
	char link[64], root[PATH_MAX];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/%d/root", tgid);
	length = readlink(link, root, sizeof(root));
	return length > 1 && strncmp(path, root, length) == 0 && path[length] == '/' ? path + length
										     : path;
}

void procfs_path_of(pid_t tgid, const char *path, char *ret_path, size_t size)
{
	pid_t speaker = procfs_speaker(tgid);
	int length =
		snprintf(ret_path, size, "/proc/%d/root%s", speaker, below_root(speaker, path));

	if (path[0] != '/' || length >= (int)size || access(ret_path, F_OK))
		snprintf(ret_path, size, "%s", path);
}

bool procfs_is_compat(pid_t tgid)
{
	char head[6]; /* the last byte is for a 0 */

	return procfs_read(tgid, "exe", head, sizeof(head)) == 5 &&
	       memcmp(head, "\177ELF\1", 5) == 0;
}

void procfs_comm(pid_t tgid, char *ret_comm, size_t size)
{
	ret_comm[0] = 0;
	if (procfs_read(tgid, "comm", ret_comm, size) > 0)
		ret_comm[strcspn(ret_comm, "\n")] = 0;
}

int procfs_list_threads(pid_t tgid, pid_t **tids, size_t *count)
{
	struct dirent *entry;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", tgid);
	dir = opendir(path);
	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		pid_t *grown;

		if (entry->d_name[0] == '.')
			continue;
		/* Room for the next power of two. */
		grown = *count & (*count - 1)
				? *tids
				: reallocarray(*tids, *count ? *count * 2 : 1, sizeof(**tids));
		if (!grown) {
			closedir(dir);
			return -ENOMEM;
		}
		*tids = grown;
		grown[(*count)++] = atoi(entry->d_name);
	}
	closedir(dir);
	return 0;
}

/* Streamed, for the list of a busy server does not fit any buffer that one would choose for it. */
static size_t read_children(pid_t tgid, const char *thread, pid_t *ret_children, size_t capacity)
{
	size_t n = 0;
	char path[64];
	FILE *list;

	snprintf(path, sizeof(path), "/proc/%d/task/%.16s/children", tgid, thread);
	list = fopen(path, "re");
	if (!list)
		return 0;
	while (n < capacity && fscanf(list, "%d", &ret_children[n]) == 1)
		n++;
	fclose(list);
	return n;
}

size_t procfs_children(pid_t tgid, pid_t *ret_children, size_t capacity)
{
	struct dirent *entry;
	size_t n = 0;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", tgid);
	dir = opendir(path);
	if (!dir)
		return 0;
	while (n < capacity && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			n += read_children(tgid, entry->d_name, ret_children + n, capacity - n);
	closedir(dir);
	return n;
}

int procfs_own_pid(pid_t tgid, pid_t *ret_pid, uint32_t *ret_pid_namespace)
{
	char text[4096], path[64];
	const char *number, *end;
	struct stat pid_namespace;
	ssize_t length = procfs_read(tgid, "status", text, sizeof(text));

	if (length < 0)
		return length;
	number = strstr(text, "\nNSpid:");
	end = number ? strchr(number + 1, '\n') : NULL;
	while (end && end > number && end[-1] != '\t')
		end--;
	/* Kernels without PID namespaces have no such line. */
	*ret_pid = end ? atoi(end) : tgid;
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", tgid);
	*ret_pid_namespace = stat(path, &pid_namespace) ? 0 : pid_namespace.st_ino;
	return 0;
}

pid_t procfs_parent(pid_t tgid)
{
	char text[512];
	const char *end;
	int parent;

	if (procfs_read(tgid, "stat", text, sizeof(text)) <= 0)
		return -ESRCH;
	end = strrchr(text, ')');
	return end && sscanf(end + 1, " %*c %d", &parent) == 1 ? parent : -ESRCH;
}

size_t procfs_descendants(pid_t tgid, pid_t *ret_pids, size_t capacity)
{
	size_t n = procfs_children(tgid, ret_pids, capacity);

	for (size_t i = 0; i < n && n < capacity; i++)
		n += procfs_children(ret_pids[i], ret_pids + n, capacity - n);
	return n;
}

/* The first mapped path that `want` takes. Returns 1 if there is one, 0, or a negative errno. */
static int find_mapping(pid_t tgid,
	bool (*want)(const char *line, const char *path, const char *text), const char *text,
	char *ret_path, size_t size)
{
	char name[64], *line = NULL, *mapped;
	size_t line_size = 0;
	int found = 0;
	FILE *maps;

	snprintf(name, sizeof(name), "/proc/%d/maps", procfs_speaker(tgid));
	maps = fopen(name, "re");
	if (!maps)
		return -errno;
	while (!found && getline(&line, &line_size, maps) > 0) {
		line[strcspn(line, "\n")] = 0;
		mapped = strchr(line, '/');
		found = mapped && want(line, mapped, text);
		if (found && ret_path)
			snprintf(ret_path, size, "%s", mapped);
	}
	free(line);
	fclose(maps);
	return found;
}

static bool is_path(const char *line, const char *path, const char *text)
{
	(void)line;
	return strcmp(path, text) == 0;
}

static bool has_part(const char *line, const char *path, const char *text)
{
	(void)line;
	return strstr(path, text);
}

/* address, rights, offset, device, inode, path */
static bool has_inode(const char *line, const char *path, const char *text)
{
	char inode[24];

	return sscanf(line, "%*s %*s %*s %*s %23s", inode) == 1 && strcmp(inode, text) == 0 &&
	       strncmp(path, "/memfd:", 7) == 0;
}

bool procfs_maps_memfd(pid_t tgid, uint64_t inode)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)inode);
	return find_mapping(tgid, has_inode, text, NULL, 0) == 1;
}

int procfs_maps_file(pid_t tgid, const char *path)
{
	return find_mapping(tgid, is_path, path, NULL, 0);
}

int procfs_maps_path(pid_t tgid, const char *part, char *ret_path, size_t size)
{
	return find_mapping(tgid, has_part, part, ret_path, size) == 1 ? 0 : -ENOENT;
}
