/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The kernel types that the probes read, reduced to the fields that they read.
 *
 * CO-RE finds each field by name in the running kernel's own BTF, so neither order nor size matters
 * here and no generated vmlinux.h is needed. A type whose layout changed between kernels has one
 * flavour for each (the part of the name after three underscores is ignored);
 * bpf_core_field_exists() chooses between them.
 */
#ifndef SOAK_BPF_KERNEL_H
#define SOAK_BPF_KERNEL_H

#include <linux/types.h>
#include <linux/bpf.h>
#include <stdbool.h>

struct nsproxy;
struct pid;

enum pid_type { PIDTYPE_PID, PIDTYPE_TGID };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next;
};

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	long counter;
} atomic_long_t;

struct percpu_counter {
	__s64 count;
	__s32 *counters;
};

struct mm_struct {
	unsigned long brk;
	unsigned long saved_auxv[2];
	unsigned long hiwater_rss;
	int map_count;
	atomic_long_t pgtables_bytes;
};

/*
 * Since 6.2: one per-CPU counter for each of file, anon, swap, shmem (kernel/fork.c,
 * include/linux/mm_types.h).
 */
struct mm_struct___percpu {
	struct percpu_counter rss_stat[4];
};

/*
 * Before 6.2: plain atomics, and per-thread caches of at most 64 events that are folded in later.
 */
struct mm_rss_stat {
	atomic_long_t count[4];
};

struct mm_struct___atomic {
	struct mm_rss_stat rss_stat;
};

/*
 * Odd or changed while reading: a thread was being folded into the group's sums
 * (include/linux/seqlock.h).
 */
typedef struct {
	unsigned int sequence;
} seqcount_t;

typedef struct {
	seqcount_t seqcount;
} seqcount_spinlock_t;

typedef struct {
	seqcount_spinlock_t seqcount;
} seqlock_t;

struct signal_struct {
	seqlock_t stats_lock;
	atomic_t live;
	int nr_threads;
	struct list_head thread_head;
	unsigned long min_flt;
	unsigned long maj_flt;
	unsigned long maxrss;
	unsigned int flags;
	unsigned long long sum_sched_runtime;
	struct pid *pids[PIDTYPE_TGID + 1];
	int group_exit_code;
};

struct sched_entity {
	__u64 sum_exec_runtime;
};

struct task_struct {
	unsigned int __state;
	int pid;
	int tgid;
	int exit_code;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct list_head children;
	struct mm_struct *mm;
	struct signal_struct *signal;
	struct nsproxy *nsproxy;
	struct pid *thread_pid;
	struct list_head thread_node;
	struct sched_entity se;
	unsigned long min_flt;
	unsigned long maj_flt;
	char comm[16];
};

struct linux_binprm {
	unsigned int secureexec : 1;
	const char *filename;
	char buf[5]; /* the beginning of the program's file */
};

struct io_kiocb {
	__u8 opcode;
};

struct bpf_array {
	void *pptrs[1];
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

#endif
