/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opens, reads and closes the perf_event counters. Called by the session at the start, at each
 * tick and as threads are adopted; soak doctor tries them.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collectors/churn.h"
#include "collectors/perf_counters.h"
#include "collectors/tracefs.h"

struct perf_counters {
	uint64_t id[CHURN_SYSCALL_COUNT];
	int (*fds)[CHURN_SYSCALL_COUNT]; /* one row for each thread added; -1: not opened */
	size_t count, capacity;
};

int perf_counters_new(struct perf_counters **ret_counters, struct text *error)
{
	struct perf_counters *counters = calloc(1, sizeof(*counters));
	int tracefs = tracefs_open();
	int code = 0;

	if (!counters || tracefs < 0) {
		code = counters ? tracefs : -ENOMEM;
		tracefs_explain(code, error);
	}
	for (int c = 0; !code && c < CHURN_SYSCALL_COUNT; c++) {
		char event[64];
		int id;

		snprintf(event, sizeof(event), "syscalls/sys_exit_%s", churn_syscall_name(c));
		id = tracefs_event_id(tracefs, event);
		counters->id[c] = id;
		if (id < 0) {
			code = id;
			text_set(error, "no tracepoint %s: %s", event, strerror(-code));
			if (code == -EACCES)
				tracefs_explain(code, error);
		}
	}
	if (tracefs >= 0)
		close(tracefs);
	if (code) {
		free(counters);
		return code;
	}
	*ret_counters = counters;
	return 0;
}

static int open_counter(uint64_t id, pid_t tid)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr), .config = id, .inherit = 1};
	int fd = syscall(SYS_perf_event_open, &attr, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int room_for_a_row(struct perf_counters *counters)
{
	size_t capacity = counters->capacity ? counters->capacity * 2 : 4;
	void *grown;

	if (counters->count < counters->capacity)
		return 0;
	grown = reallocarray(counters->fds, capacity, sizeof(*counters->fds));
	if (!grown)
		return -ENOMEM;
	counters->fds = grown;
	counters->capacity = capacity;
	return 0;
}

static void close_row(const int row[CHURN_SYSCALL_COUNT])
{
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++)
		if (row[c] >= 0)
			close(row[c]);
}

int perf_counters_add(struct perf_counters *counters, pid_t tid, uint32_t counted)
{
	int code = room_for_a_row(counters), opened = 0;
	int *row;

	if (code)
		return code;
	row = counters->fds[counters->count];
	memset(row, -1, sizeof(*counters->fds));
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++) {
		if (counted & 1u << c)
			continue;
		code = open_counter(counters->id[c], tid);
		if (code < 0) {
			close_row(row);
			return code;
		}
		row[c] = code;
		opened++;
	}
	counters->count += opened > 0;
	return opened;
}

const uint64_t *perf_counters_ids(const struct perf_counters *counters)
{
	return counters->id;
}

void perf_counters_drop(struct perf_counters *counters)
{
	for (size_t i = 0; i < counters->count; i++)
		close_row(counters->fds[i]);
	counters->count = 0;
}

void perf_counters_read(
	const struct perf_counters *counters, uint64_t ret_calls[CHURN_SYSCALL_COUNT])
{
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++) {
		ret_calls[c] = 0;
		for (size_t i = 0; i < counters->count; i++) {
			uint64_t calls;

			if (counters->fds[i][c] >= 0 &&
				read(counters->fds[i][c], &calls, sizeof(calls)) == sizeof(calls))
				ret_calls[c] += calls;
		}
	}
}

void perf_counters_free(struct perf_counters *counters)
{
	if (!counters)
		return;
	perf_counters_drop(counters);
	free(counters->fds);
	free(counters);
}
