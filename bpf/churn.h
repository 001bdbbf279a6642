/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Churn calls: the system calls that change an address space, and the kinds that they are counted
 * by. Shared by the probe (churn.bpf.c) and user space (collectors/churn.c).
 *
 * A call has exactly one kind. An mmap that fits several is counted under the first of: huge
 * (MAP_HUGETLB), reserve (PROT_NONE and anonymous), fixed (MAP_FIXED or MAP_FIXED_NOREPLACE), file,
 * anon.
 */
#ifndef SOAK_BPF_CHURN_H
#define SOAK_BPF_CHURN_H

#include <linux/types.h>

/* clang-format off */
#define CHURN_SYSCALLS(X) X(mmap) X(munmap) X(madvise) X(mremap) X(brk) X(mprotect) X(process_madvise)

/* X(system call, kind) */
#define CHURN_KINDS(X)                                                                                                  \
X(mmap, anon) X(mmap, file) X(mmap, fixed) X(mmap, huge) X(mmap, reserve)                                               \
X(munmap, any)                                                                                                          \
X(madvise, normal) X(madvise, random) X(madvise, sequential) X(madvise, willneed) X(madvise, dontneed)                  \
X(madvise, free) X(madvise, remove) X(madvise, dontfork) X(madvise, dofork) X(madvise, mergeable)                       \
X(madvise, unmergeable) X(madvise, hugepage) X(madvise, nohugepage) X(madvise, dontdump) X(madvise, dodump)             \
X(madvise, wipeonfork) X(madvise, keeponfork) X(madvise, cold) X(madvise, pageout) X(madvise, populate_read)            \
X(madvise, populate_write) X(madvise, dontneed_locked) X(madvise, collapse) X(madvise, hwpoison)                        \
X(madvise, soft_offline) X(madvise, guard_install) X(madvise, guard_remove) X(madvise, other)                           \
X(mremap, grow) X(mremap, shrink) X(mremap, move) X(mremap, same)                                                       \
X(brk, grow) X(brk, shrink) X(brk, query)                                                                               \
X(mprotect, none) X(mprotect, read) X(mprotect, write) X(mprotect, exec)                                                \
X(process_madvise, willneed) X(process_madvise, dontneed) X(process_madvise, free) X(process_madvise, cold)             \
X(process_madvise, pageout) X(process_madvise, collapse) X(process_madvise, other)
/* clang-format on */

enum churn_syscall {
#define X(name) CHURN_##name,
	CHURN_SYSCALLS(X)
#undef X
		CHURN_SYSCALL_COUNT
};

enum churn_kind {
#define X(name, kind) CHURN_##name##_##kind,
	CHURN_KINDS(X)
#undef X
		CHURN_KIND_COUNT
};

enum churn_errno {
	CHURN_ENOMEM,
	CHURN_EINVAL,
	CHURN_EAGAIN,
	CHURN_EPERM,
	CHURN_EOTHER,
	CHURN_ERRNO_COUNT
};

/*
 * Bucket b of a latency histogram counts calls of [2^b, 2^(b+1)) ns; the first also holds 0, the
 * last all above.
 */
#define CHURN_BUCKETS 32

struct churn_cell {
	__u64 calls; /* returned, failed ones included */
	__u64 bytes; /* length asked for, if the call succeeded; for brk the bytes moved */
	__u64 ns;    /* from entry to exit; 0 unless latency is measured */
};

struct churn_counts {
	struct churn_cell kind[CHURN_KIND_COUNT];
	__u64 errors[CHURN_SYSCALL_COUNT][CHURN_ERRNO_COUNT];
	__u64 latency[CHURN_SYSCALL_COUNT][CHURN_BUCKETS];
};

#endif
