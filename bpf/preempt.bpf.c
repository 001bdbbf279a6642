/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * A probe at a system call's tracepoint that waits to be preempted. collectors/preempt.c says why.
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#include "bpf/preempt.h"

struct preempt_enter {
	__u64 common;
	long nr;
	unsigned long argument[6];
};

volatile bool waiting;
volatile bool ready, preempted, over; /* set by user space */

/* Both time and rounds must be over: a virtual CPU may be away for all of the time. */
static long wait_a_little(__u32 round, const __u64 *until_ns)
{
	return preempted || (round >= PREEMPT_ROUNDS && bpf_ktime_get_ns() > *until_ns);
}

/* At syscalls/sys_enter_madvise. */
SEC("tp")
int preempt_wait(const struct preempt_enter *ctx)
{
	__u64 until_ns = bpf_ktime_get_ns() + PREEMPT_WAIT_NS;

	if (ctx->argument[0] != PREEMPT_ADDRESS)
		return 1;
	waiting = true;
	bpf_loop(1 << 20, wait_a_little, &until_ns, 0);
	waiting = false;
	return 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
