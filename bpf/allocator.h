/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * An allocator that counts its own system calls, beside the kernel's count of them. Shared by the
 * probe (allocator.bpf.c) and user space (collectors/allocator_calls.c).
 *
 * The library makes its calls by inline instructions. It exports a versioned structure of counters
 * and counts each call there before it is made (src/hakmem.h). Instruction and structure lie a
 * fixed distance apart, so the first call of a process leads the probe to its counters, wherever
 * the library was loaded. From then on the library's code is a range of addresses.
 */
#ifndef SOAK_BPF_ALLOCATOR_H
#define SOAK_BPF_ALLOCATOR_H

#include <linux/types.h>

#include "bpf/churn.h"

#define ALLOCATOR_PAGE 4096
#define ALLOCATOR_SITES 2 /* at the same place of different pages */
#define ALLOCATOR_VERSION 1

/* The beginning of struct hak_counters, version 1. */
struct allocator_counters {
	__u32 version, size;
	__u64 alloc, free, madvise, madvise_disabled, mmap_total, fallback_mmap, huge_alloc, mremap;
	__u64 in_use_bytes, committed_bytes;
};

/* What follows it, if `size` says that it is there. */
struct allocator_figures {
	__u64 retained_bytes, in_use_peak, superslabs, huge_blocks, threads, purges, purged_bytes;
	__u64 regretted_bytes, refaulted_bytes, retained_peak, cached_bytes;
};

/* The place of its counter `mprotect`, behind those. */
#define ALLOCATOR_MPROTECT (sizeof(struct allocator_counters) + sizeof(struct allocator_figures))

/* The library that counts; all addresses from where it is loaded. */
struct allocator_library {
	__u32 known;
	__u32 pad;
	__u64 size;     /* of its mapping */
	__u64 counters; /* where they are */
	__u64 since_ns; /* CLOCK_MONOTONIC: calls before this were not looked at */

	/* Behind each system call instruction, by its place in the page; 0: none there. */
	__u32 site[ALLOCATOR_PAGE][ALLOCATOR_SITES];
};

/* Of one process, over all its execs. */
struct allocator_calls {
	__u64 start, end; /* of the library as it is mapped now; 0 until its first call */
	__u64 counters;   /* address of its counters */
	__u64 kernel[CHURN_SYSCALL_COUNT]; /* calls from its code that returned */
	/* By its own counters, as they stood when a call from its code last returned ... */
	__u64 own[CHURN_SYSCALL_COUNT];
	/* ... less this: what they had before the process was part of the target, ... */
	__u64 base[CHURN_SYSCALL_COUNT];
	/* ... and more this: what programs before the last exec had counted. */
	__u64 before_exec[CHURN_SYSCALL_COUNT];

	/* Calls that were under way when base was taken, at most, and copies that failed: so much
	 * may the two counts differ. */
	__u64 unsure;
};

#endif
