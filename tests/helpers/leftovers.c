/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * leftovers VARIABLE=VALUE SECONDS: what a run has left behind. Other runs may go on meanwhile:
 *
 *  - a process is ours if the variable is in its first environment (zombies do not count);
 *  - a probe is left over if no process holds it, or one of ours does.
 *
 * Looks until there is nothing, SECONDS at most. Then names what there is and ends with 1.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MOST_PROBES 4096

struct probe {
	unsigned int id;
	char name[BPF_OBJ_NAME_LEN];
	bool anothers;
};

static struct probe probes[MOST_PROBES];
static size_t probe_count;
static char environment[1 << 20];

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

/* One program of each kind that soak loads stands for all. */
static bool is_soaks(const char *name)
{
	static const char *const names[] = {
		"tree_fork", "churn_enter", "churn_exit", "memory_read"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static void list_probes(void)
{
	union bpf_attr next = {.start_id = 0};

	probe_count = 0;
	for (; bpf(BPF_PROG_GET_NEXT_ID, &next) == 0; next.start_id = next.next_id) {
		struct bpf_prog_info info = {0};
		union bpf_attr attr = {.prog_id = next.next_id};
		int fd = bpf(BPF_PROG_GET_FD_BY_ID, &attr);

		if (fd < 0)
			continue;
		attr = (union bpf_attr){.info = {.bpf_fd = (__u32)fd,
						.info_len = sizeof(info),
						.info = (__u64)&info}};
		if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) == 0 && is_soaks(info.name) &&
			probe_count < MOST_PROBES) {
			struct probe *probe = &probes[probe_count++];

			*probe = (struct probe){.id = info.id};
			snprintf(probe->name, sizeof(probe->name), "%s", info.name);
		}
		close(fd);
	}
}

static size_t read_whole(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got;

	while (fd >= 0 && length + 1 < size &&
		(got = read(fd, text + length, size - length - 1)) > 0)
		length += (size_t)got;
	if (fd >= 0)
		close(fd);
	text[length] = 0;
	return length;
}

static bool is_marked(const char *pid, const char *mark)
{
	char path[300];
	size_t length;

	snprintf(path, sizeof(path), "/proc/%s/environ", pid);
	length = read_whole(path, environment, sizeof(environment));
	for (size_t at = 0; at < length; at += strlen(environment + at) + 1)
		if (strcmp(environment + at, mark) == 0)
			return true;
	return false;
}

/* A zombie has no environment, but a process that has just ended may still show it. */
static void name_process(const char *pid, FILE *out)
{
	char path[300], status[512];

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	if (!read_whole(path, status, sizeof(status)) || !strrchr(status, ')'))
		return;
	if (strchr("ZX", strrchr(status, ')')[2]))
		return;
	strrchr(status, ')')[1] = 0;
	fprintf(out, "process %s\n", status);
}

static void note_probes_of(const char *pid)
{
	char path[600], text[4096];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fdinfo", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		const char *id;

		snprintf(path, sizeof(path), "/proc/%s/fdinfo/%s", pid, entry->d_name);
		read_whole(path, text, sizeof(text));
		id = strstr(text, "prog_id:");
		for (size_t i = 0; id && i < probe_count; i++)
			if (probes[i].id == strtoul(id + strlen("prog_id:"), NULL, 10))
				probes[i].anothers = true;
	}
	if (dir)
		closedir(dir);
}

/* Probes first: a probe that is gone when its holder is looked for is not a leftover. */
static void look(const char *mark, FILE *out)
{
	struct dirent *entry;
	DIR *dir;

	list_probes();
	dir = opendir("/proc");
	while (dir && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		if (is_marked(entry->d_name, mark))
			name_process(entry->d_name, out);
		else if (probe_count)
			note_probes_of(entry->d_name);
	}
	if (dir)
		closedir(dir);
	for (size_t i = 0; i < probe_count; i++)
		if (!probes[i].anothers)
			fprintf(out, "probe %u %s\n", probes[i].id, probes[i].name);
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc == 3 ? atoi(argv[2]) : 0);
	char *text = NULL;

	if (argc != 3)
		return 2;
	for (;;) {
		size_t size = 0;
		FILE *out = open_memstream(&text, &size);

		if (!out)
			return 2;
		look(argv[1], out);
		fclose(out);
		if (!size || time(NULL) > end)
			break;
		free(text);
		usleep(50000);
	}
	fputs(text, stdout);
	return *text ? 1 : 0;
}
