/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Can a probe be preempted? Shared by preempt.bpf.c and collectors/preempt.c. */
#ifndef SOAK_BPF_PREEMPT_H
#define SOAK_BPF_PREEMPT_H

/* The probe runs in the call madvise(PREEMPT_ADDRESS, 0, MADV_NORMAL), which does nothing. */
#define PREEMPT_ADDRESS 0x50a4000ul

/* How long it waits at least to be preempted, and how often somebody tries. */
#define PREEMPT_WAIT_NS 3000000
#define PREEMPT_ROUNDS 50000
#define PREEMPT_EVERY_NS 500000

#endif
