/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passes of the probe that takes in what already runs (bpf/adopt.bpf.c). Called by the session. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collectors/probes_state.h"

#define MOST_PASSES 1000 /* each must have marked somebody */

static int room_for_more(struct adopted_tasks *tasks)
{
	size_t capacity = tasks->capacity ? tasks->capacity * 2 : 1024;
	struct adopted_task *grown = reallocarray(tasks->task, capacity, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	tasks->task = grown;
	tasks->capacity = capacity;
	return 0;
}

/* The kernel hands out whole records where whole ones fit. */
static ssize_t read_records(int fd, struct adopted_tasks *tasks)
{
	size_t room = (tasks->capacity - tasks->count) * sizeof(*tasks->task);
	ssize_t length;

	do
		length = read(fd, tasks->task + tasks->count, room);
	while (length < 0 && (errno == EAGAIN || errno == EINTR));
	if (length < 0)
		return -errno;
	tasks->count += length / sizeof(*tasks->task);
	return length;
}

int probes_tasks(const struct probes *probes, const uint64_t *perf_ids, struct adopted_tasks *tasks)
{
	struct observer_bpf__bss *bss = probes->skeleton->bss;
	volatile __u64 *marked = (volatile __u64 *)&bss->newly_marked;
	uint64_t before = *marked;
	int fd = bpf_iter_create(bpf_link__fd(probes->mark_link));
	ssize_t length;

	if (fd < 0)
		return -errno;
	bss->tell_counted = perf_ids;
	if (perf_ids)
		memcpy(bss->perf_ids, perf_ids, sizeof(bss->perf_ids));
	tasks->count = 0;
	do {
		length = tasks->count < tasks->capacity ? 0 : room_for_more(tasks);
		if (length == 0)
			length = read_records(fd, tasks);
	} while (length > 0);
	tasks->found = *marked - before;
	close(fd);
	return length;
}

int probes_adopt(const struct probes *probes, const pid_t *tgids, size_t count)
{
	volatile bool *adopting = (volatile bool *)&probes->skeleton->bss->adopting;
	int wanted = bpf_map__fd(probes->skeleton->maps.wanted), code = 0;
	struct adopted_tasks tasks = {0};

	for (size_t i = 0; i < count && !code; i++)
		code = bpf_map_update_elem(wanted, &tgids[i], &(__u32){0}, BPF_ANY) ? -errno : 0;
	*adopting = true;
	for (int pass = 0; !code && (pass == 0 || tasks.found); pass++)
		code = pass < MOST_PASSES ? probes_tasks(probes, NULL, &tasks) : -ELOOP;
	*adopting = false;
	for (size_t i = 0; i < count; i++)
		bpf_map_delete_elem(wanted, &tgids[i]);
	free(tasks.task);
	return code;
}

void probes_counters_opened(const struct probes *probes)
{
	__atomic_add_fetch(&probes->skeleton->bss->counters_opened, 1, __ATOMIC_SEQ_CST);
}

void probes_watch_births(const struct probes *probes, bool on)
{
	__atomic_store_n(&probes->skeleton->bss->watch_births, on, __ATOMIC_SEQ_CST);
}

uint64_t probes_uncounted_births(const struct probes *probes)
{
	return __atomic_load_n(&probes->skeleton->bss->uncounted_births, __ATOMIC_SEQ_CST);
}
