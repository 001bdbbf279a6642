/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* More of kernel.h: the numbers that processes have in namespaces, and their clocks. */
#ifndef SOAK_BPF_KERNEL_NAMESPACES_H
#define SOAK_BPF_KERNEL_NAMESPACES_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pid_namespace;

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1]; /* one for each namespace, from the initial one inwards */
};

struct timespec64 {
	__s64 tv_sec;
	long tv_nsec;
};

struct timens_offsets {
	struct timespec64 monotonic;
};

/* Not in kernels without CONFIG_TIME_NS. */
struct time_namespace {
	struct timens_offsets offsets;
};

struct nsproxy {
	struct time_namespace *time_ns;
};

#pragma clang attribute pop

#endif
