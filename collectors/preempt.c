/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tries whether probes at system calls can be preempted here. Called when the probes are loaded. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bpf/preempt.h"
#include "collectors/preempt.h"
#include "collectors/tracefs.h"
#include "preempt.skel.h"

#define PREEMPT_ATTEMPTS 4

/*
 * The other thread: on the CPU of the probe, and of a class that goes before all others, if that is
 * allowed. It sleeps, so that the timer's interrupt wakes it while the probe waits.
 */
static void *preempt_probe(void *context)
{
	struct preempt_bpf *skeleton = context;
	const struct sched_param first = {.sched_priority = 1};
	const struct timespec sleep = {.tv_nsec = PREEMPT_EVERY_NS};

	pthread_setschedparam(pthread_self(), SCHED_FIFO, &first);
	skeleton->bss->ready = true;
	while (!skeleton->bss->over) {
		nanosleep(&sleep, NULL);
		skeleton->bss->preempted |= skeleton->bss->waiting;
	}
	return NULL;
}

/* In a thread of its own, whose CPU may be chosen. */
static void *wait_in_probe(void *context)
{
	struct preempt_bpf *skeleton = context;
	cpu_set_t cpu;
	pthread_t other;

	CPU_ZERO(&cpu);
	CPU_SET(sched_getcpu(), &cpu);
	/* What is started from here inherits the choice. */
	if (pthread_setaffinity_np(pthread_self(), sizeof(cpu), &cpu) ||
		pthread_create(&other, NULL, preempt_probe, skeleton))
		return NULL;
	while (!skeleton->bss->ready)
		sched_yield();
	for (int attempt = 0; attempt < PREEMPT_ATTEMPTS && !skeleton->bss->preempted; attempt++)
		madvise((void *)PREEMPT_ADDRESS, 0, MADV_NORMAL);
	skeleton->bss->over = true;
	pthread_join(other, NULL);
	return NULL;
}

static struct bpf_link *attach(const struct preempt_bpf *skeleton, int tracefs)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr)};
	int id = tracefs_event_id(tracefs, "syscalls/sys_enter_madvise"), fd;
	struct bpf_link *link;

	attr.config = id;
	fd = id < 0 ? -1
		    : (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return NULL;
	link = bpf_program__attach_perf_event(skeleton->progs.preempt_wait, fd);
	if (!link)
		close(fd);
	return link;
}

int preempt_try(int tracefs)
{
	struct preempt_bpf *skeleton = preempt_bpf__open_and_load();
	struct bpf_link *link = skeleton ? attach(skeleton, tracefs) : NULL;
	pthread_t thread;
	int result = -EOPNOTSUPP;

	if (link && pthread_create(&thread, NULL, wait_in_probe, skeleton) == 0) {
		pthread_join(thread, NULL);
		result = skeleton->bss->preempted;
	}
	bpf_link__destroy(link);
	preempt_bpf__destroy(skeleton);
	return result;
}
