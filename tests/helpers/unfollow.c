/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * unfollow PID: takes the mark of a process's first thread away in each map called "marks", so that
 * the probes lose a child that they had followed. perf_event counters do not.
 */
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int open_map(unsigned int id)
{
	union bpf_attr attr = {.map_id = id};

	return bpf(BPF_MAP_GET_FD_BY_ID, &attr);
}

static int is_marks(int map)
{
	struct bpf_map_info info = {0};
	union bpf_attr attr = {
		.info = {.bpf_fd = map, .info_len = sizeof(info), .info = (unsigned long)&info}};

	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) == 0 && strcmp(info.name, "marks") == 0;
}

int main(int argc, char **argv)
{
	int process = argc == 2 ? syscall(SYS_pidfd_open, atoi(argv[1]), 0) : -1, taken = 0;
	union bpf_attr next = {0};

	if (process < 0)
		return 2;
	while (bpf(BPF_MAP_GET_NEXT_ID, &next) == 0) {
		int map = open_map(next.next_id);
		union bpf_attr attr = {.map_fd = map, .key = (unsigned long)&process};

		if (map >= 0 && is_marks(map))
			taken += bpf(BPF_MAP_DELETE_ELEM, &attr) == 0;
		close(map);
		next.start_id = next.next_id;
	}
	printf("%d\n", taken);
	return taken ? 0 : 1;
}
