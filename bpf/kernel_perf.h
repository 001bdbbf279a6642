/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* More of kernel.h: a task's family, and the perf events that count it. */
#ifndef SOAK_BPF_KERNEL_PERF_H
#define SOAK_BPF_KERNEL_PERF_H

#include <linux/types.h>

#include "bpf/kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct perf_event_attr {
	__u32 type;
	__u64 config;
};

/* An inherited event has the one that was opened as its parent; that one alone has an owner. */
struct perf_event {
	struct list_head event_entry;
	struct perf_event_attr attr;
	struct perf_event *parent;
	struct task_struct *owner;
};

struct perf_event_context {
	struct list_head event_list;
};

/* Since 6.2: one for all kinds of events (kernel commit bd2756811766). */
struct task_struct___one_context {
	struct perf_event_context *perf_event_ctxp;
};

/* Before: one for hardware events, one for software events, to which tracepoints belong. */
struct task_struct___two_contexts {
	struct perf_event_context *perf_event_ctxp[2];
};

#pragma clang attribute pop

#endif
