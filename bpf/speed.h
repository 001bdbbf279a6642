/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The momentary speed of the CPUs on which the target runs: a fixed piece of work is timed there
 * now and then. Shared by the probe (speed.bpf.c) and user space (collectors/tree.c).
 */
#ifndef SOAK_BPF_SPEED_H
#define SOAK_BPF_SPEED_H

#include <linux/types.h>

/* Time between two runs on one CPU. It does not divide the usual sampling intervals. */
#define SPEED_PERIOD_NS 47000000

struct speed_counts {
	__u64 runs; /* of the work */
	__u64 ns;   /* that these took together */
};

#endif
