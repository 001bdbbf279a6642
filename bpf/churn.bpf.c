/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Counts churn calls as they return, when their result is known and their arguments still stand in
 * the saved user registers. A call that ends by the death of its thread returns all the same
 * (kernel/entry: syscall_exit_work runs before the signal is handled), so at the end of a process
 * no call is under way and none is missing.
 *
 * One hook for each call, not two: the dispatch of a tracepoint costs more than the program that it
 * runs. The entry hooks, which the latency histogram needs, are attached on demand. Per-system-call
 * tracepoints cost a system call of no interest a bitmap test; hooking all of sys_exit would cost
 * it a program run.
 *
 * Every program returns 1: 0 would keep the event from perf_event counters on the same tracepoint,
 * ours and everybody's (kernel/trace/bpf_trace.c, trace_call_bpf).
 */

struct syscall_exit {
	__u64 common;
	long nr;
	long ret;
};

const volatile bool measure_latency;

#define MAX_ERRNO 4095

static __always_inline __u32 log2_ns(__u64 ns)
{
	__u32 v = ns > 0xffffffff ? 0xffffffff : ns;
	__u32 r, shift;

	r = (v > 0xffff) << 4;
	v >>= r;
	shift = (v > 0xff) << 3;
	v >>= shift;
	r |= shift;
	shift = (v > 0xf) << 2;
	v >>= shift;
	r |= shift;
	shift = (v > 0x3) << 1;
	v >>= shift;
	r |= shift;
	return r | (v >> 1);
}

static __always_inline enum churn_errno errno_class(long ret)
{
	switch (-ret) {
	case 12:
		return CHURN_ENOMEM;
	case 22:
		return CHURN_EINVAL;
	case 11:
		return CHURN_EAGAIN;
	case 1:
	case 13:
		return CHURN_EPERM;
	default:
		return CHURN_EOTHER;
	}
}

/* How long the call took; 0 if that is not measured, or it began before the thread was marked. */
static __always_inline __u64 leave(struct mark *mark)
{
	__u64 enter_ns;

	if (!measure_latency || !mark->enter_ns)
		return 0;
	enter_ns = mark->enter_ns;
	mark->enter_ns = 0;
	return bpf_ktime_get_ns() - enter_ns ?: 1;
}

static __always_inline void count(struct mark *mark, const struct pt_regs *regs,
	enum churn_syscall call, __u32 kind, __u64 bytes, long error)
{
	struct process_slot *slot = slot_of(mark);
	__u64 ns = leave(mark);
	__u32 bucket = log2_ns(ns);
	struct churn_cell cell = {!error, bytes, ns};
	struct call_site site = {regs, SYSCALL_IP(regs), 0, false};

	/* The compiler knows that these hold and would drop the checks the verifier wants. */
	barrier_var(kind);
	barrier_var(bucket);
	if (!slot || kind >= CHURN_KIND_COUNT || bucket >= CHURN_BUCKETS)
		return;
	__sync_fetch_and_add(&slot->churn.kind[kind].calls, 1);
	allocator_count(slot, call, &site);
	caller_count(slot, mark, &site, kind, &cell);
	if (error)
		__sync_fetch_and_add(&slot->churn.errors[call][errno_class(error)], 1);
	else
		__sync_fetch_and_add(&slot->churn.kind[kind].bytes, bytes);
	if (ns) {
		__sync_fetch_and_add(&slot->churn.kind[kind].ns, ns);
		__sync_fetch_and_add(&slot->churn.latency[call][bucket], 1);
	}
}

static __always_inline __u32 mmap_kind(unsigned long prot, unsigned long flags)
{
	if (flags & 0x40000) /* MAP_HUGETLB */
		return CHURN_mmap_huge;
	if (!prot && flags & 0x20) /* MAP_ANONYMOUS */
		return CHURN_mmap_reserve;
	if (flags & (0x10 | 0x100000)) /* MAP_FIXED, MAP_FIXED_NOREPLACE */
		return CHURN_mmap_fixed;
	return flags & 0x20 ? CHURN_mmap_anon : CHURN_mmap_file;
}

/* Advice numbers are 0-4, 8-25 and 100-103 (include/uapi/asm-generic/mman-common.h). */
static __always_inline __u32 madvise_kind(unsigned long advice)
{
	if (advice <= 4)
		return CHURN_madvise_normal + advice;
	if (advice >= 8 && advice <= 25)
		return CHURN_madvise_free + (advice - 8);
	if (advice >= 100 && advice <= 103)
		return CHURN_madvise_hwpoison + (advice - 100);
	return CHURN_madvise_other;
}

static __always_inline __u32 process_madvise_kind(unsigned long advice)
{
	switch (advice) {
	case 3:
		return CHURN_process_madvise_willneed;
	case 20:
		return CHURN_process_madvise_cold;
	case 21:
		return CHURN_process_madvise_pageout;
	case 25:
		return CHURN_process_madvise_collapse;
	default:
		return CHURN_process_madvise_other;
	}
}

static __always_inline __u32 mprotect_kind(unsigned long prot)
{
	if (prot & 4) /* PROT_EXEC */
		return CHURN_mprotect_exec;
	if (prot & 2) /* PROT_WRITE */
		return CHURN_mprotect_write;
	return prot & 1 ? CHURN_mprotect_read : CHURN_mprotect_none;
}

#define ENTER(name)                                                                                \
	SEC("tp/syscalls/sys_enter_" #name)                                                        \
	int enter_##name(void *ctx)                                                                \
	{                                                                                          \
		struct mark *mark = current_mark();                                                \
                                                                                                   \
		if (mark)                                                                          \
			mark->enter_ns = bpf_ktime_get_ns();                                       \
		return 1;                                                                          \
	}

ENTER(mmap)
ENTER(munmap)
ENTER(madvise)
ENTER(mremap)
ENTER(brk)
ENTER(mprotect)
ENTER(process_madvise)

#define LEAVE(name, kind, bytes)                                                                   \
	SEC("tp/syscalls/sys_exit_" #name)                                                         \
	int exit_##name(const struct syscall_exit *ctx)                                            \
	{                                                                                          \
		struct task_struct *task = bpf_get_current_task_btf();                             \
		struct mark *mark = bpf_task_storage_get(&marks, task, 0, 0);                      \
		bool failed = (unsigned long)ctx->ret >= -(unsigned long)MAX_ERRNO;                \
		struct pt_regs *regs;                                                              \
                                                                                                   \
		if (!mark)                                                                         \
			return 1;                                                                  \
		regs = (struct pt_regs *)bpf_task_pt_regs(task);                                   \
		count(mark, regs, CHURN_##name, kind, bytes, failed ? ctx->ret : 0);               \
		return 1;                                                                          \
	}

LEAVE(mmap, mmap_kind(SYSCALL_ARG2(regs), SYSCALL_ARG3(regs)), SYSCALL_ARG1(regs))
LEAVE(munmap, CHURN_munmap_any, SYSCALL_ARG1(regs))
LEAVE(madvise, madvise_kind(SYSCALL_ARG2(regs)), SYSCALL_ARG1(regs))
LEAVE(mprotect, mprotect_kind(SYSCALL_ARG2(regs)), SYSCALL_ARG1(regs))
LEAVE(process_madvise, process_madvise_kind(SYSCALL_ARG3(regs)), ctx->ret)

static __always_inline __u32 mremap_kind(const struct pt_regs *regs, long ret, bool failed)
{
	unsigned long before = SYSCALL_ARG1(regs), after = SYSCALL_ARG2(regs);

	if (!failed && (unsigned long)ret != SYSCALL_ARG0(regs))
		return CHURN_mremap_move;
	if (after == before)
		return CHURN_mremap_same;
	return after > before ? CHURN_mremap_grow : CHURN_mremap_shrink;
}

LEAVE(mremap, mremap_kind(regs, ctx->ret, failed), SYSCALL_ARG2(regs))

/*
 * brk never fails by errno: it returns the break as it stands, which is not what was asked for.
 * What it was before is what the last call left. Threads that race for the break, which no C
 * library lets them do, may see each other's.
 */
SEC("tp/syscalls/sys_exit_brk")
int exit_brk(const struct syscall_exit *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mark *mark = bpf_task_storage_get(&marks, task, 0, 0);
	unsigned long asked, before, after = ctx->ret;
	struct process_slot *slot;
	struct pt_regs *regs;
	long error;

	if (!mark || !(slot = slot_of(mark)))
		return 1;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	asked = SYSCALL_ARG0(regs);
	before = slot->brk;
	slot->brk = after;
	error = after == asked ? 0 : -12;
	if (!asked || asked == before)
		count(mark, regs, CHURN_brk, CHURN_brk_query, 0, 0);
	else if (asked > before)
		count(mark, regs, CHURN_brk, CHURN_brk_grow, after - before, error);
	else
		count(mark, regs, CHURN_brk, CHURN_brk_shrink, before - after, error);
	return 1;
}
