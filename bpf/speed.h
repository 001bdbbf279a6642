/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * A fixed piece of work, timed now and then on the CPUs on which the target runs: how fast is a CPU
 * just now? Shared by the probe (speed.bpf.c) and user space (collectors/tree.c).
 */
#ifndef SOAK_BPF_SPEED_H
#define SOAK_BPF_SPEED_H

#include <linux/types.h>

/* Between two times on one CPU. No divisor of the usual sampling intervals. */
#define SPEED_PERIOD_NS 47000000

struct speed_counts {
	__u64 runs; /* of the work */
	__u64 ns;   /* that these took together */
};

#endif
