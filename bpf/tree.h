/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The target's process tree. Shared by the probes (tree.bpf.c) and user space (collectors/tree.c).
 *
 * Each process of the target owns a slot: one page of a memory-mapped array, in which the probes
 * count and from which user space reads without a system call. Life of a slot:
 *
 *   FREE ──(fork: popped from the queue of free slots)──► ALIVE ──(last thread exits)──► DEAD
 *     ▲                                                                                   │
 *     └───────────(user space has recorded it, clears it, pushes it back)─────────────────┘
 *
 * Slot 0 is the overflow: processes that found no free slot are counted there together, so totals
 * stay exact.
 */
#ifndef SOAK_BPF_TREE_H
#define SOAK_BPF_TREE_H

#include <linux/types.h>

#include "bpf/allocator.h"
#include "bpf/callers.h"
#include "bpf/churn.h"
#include "bpf/uncounted.h"

#define TREE_SLOTS 1024
#define TREE_OVERFLOW_SLOT 0

enum tree_state { TREE_FREE, TREE_ALIVE, TREE_DEAD };

struct process_slot {
	__u32 state;       /* enum tree_state */
	__u32 tgid;        /* in the observer's PID namespace */
	__u32 parent_tgid; /* likewise; 0: it is not in there */
	__u32 execs;       /* successful execs */
	/* Of the fork, or of the mark for a process that was there before, by our clock */
	__u64 start_ns;
	__u64 image_ns;  /* of the last exec; else as start_ns */
	__u64 end_ns;    /* of the last thread's exit; 0 while alive */
	__u32 exit_code; /* as wait(2) gives it; valid when DEAD */
	__u32 threads_seen;
	/* the highest RSS of its own memory, over all execs; 0: not known; valid when DEAD */
	__u64 peak_rss_pages;
	/*
	 * The kernel's high-water mark as of an exec, if it was of memory that was not the
	 * process's own: of its parent's until a spawned child executes, and of what an adopted
	 * process was before its first exec, when it may have been no part of the target: the child
	 * at the barrier is a copy of the observer. The kernel never lowers it.
	 */
	__u64 peak_before_pages;
	__u64 minflt, majflt;           /* of threads that have exited */
	__u64 cpu_ns;                   /* of threads that have exited */
	__u64 fault_user, fault_kernel; /* page-fault exceptions by the mode they were taken in */
	__u32 adopted;                  /* it was there before it was marked */
	/*
	 * One program from fork or exec to the next exec, or until a library is mapped where
	 * another may have been; unique in a run, from 1.
	 */
	__u32 image;
	__u32 sites;       /* the first line of its call sites (callers.h); 0: none */
	__u32 deep_stacks; /* sites of this image that send all of CALLER_STACK_BYTES */
	__u32 kernel_tgid; /* in the initial PID namespace */
	__u64 brk;         /* the program break, as the last brk left it */
	__u32 borrows; /* it runs in its parent's memory: made by vfork, posix_spawn, CLONE_VM */
	__u32 pad;
	/* The lowest address at which a file's code was mapped; 0: unknown. */
	__u64 code_low;
	struct caller_code code[CALLER_CODE];
	char comm[16];
	struct churn_counts churn;
	struct allocator_calls allocator;
	struct uncounted_calls uncounted;
} __attribute__((aligned(4096)));

enum tree_event_type { TREE_FORK, TREE_EXEC, TREE_EXIT };

/* Sent through the ring buffer: a hint to look at a slot. Only the slot is authoritative. */
struct tree_event {
	__u32 type; /* enum tree_event_type */
	__u32 slot;
	__u32 tgid;
	__u32 parent_tgid;
	__u64 time_ns;
	char file[96]; /* TREE_EXEC: the program; else empty */
};

/* Losses, each of which makes some figure of the run a lower bound. */
struct tree_losses {
	__u64 events;     /* ring buffer full */
	__u64 unfollowed; /* children whose mark could not be set: their calls are missing */
	/* processes counted in the overflow slot: calls are counted, but under no name */
	__u64 overflowed;
	/* set-uid programs executed: perf_event counters end there, the probes' do not */
	__u64 secure_execs;
	/* 32-bit programs executed: neither tracepoints nor perf_event see their calls */
	__u64 compat_execs;
	/* calls through the 32-bit entry, of 32-bit programs or not */
	__u64 compat_calls;
	/* madvise requests given to an io_uring; these are not system calls */
	__u64 ring_madvises;
};

#endif
