/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Counts churn calls. Entry notes the time and the arguments in the thread's mark; exit, which
 * knows the result, counts. A call that ends by the death of its thread still passes its exit
 * (syscall_exit_work runs before the signal is handled), so at the end of a process no call is in
 * flight and entries equal exits.
 *
 * Every program returns 1: 0 would keep the event from perf_event counters on the same tracepoint,
 * ours and everybody's (kernel/trace/bpf_trace.c, trace_call_bpf).
 *
 * Per-system-call tracepoints cost a system call of no interest a bitmap test; hooking all of
 * sys_enter would cost it a program run.
 */

struct syscall_enter {
	__u64 common;
	long nr;
	unsigned long args[6];
};

struct syscall_exit {
	__u64 common;
	long nr;
	long ret;
};

#define MAX_ERRNO 4095

static __always_inline int enter(const struct syscall_enter *ctx, int nargs)
{
	struct mark *mark = current_mark();

	if (!mark)
		return 1;
	for (int i = 0; i < nargs; i++)
		mark->args[i] = ctx->args[i];
	mark->enter_ns = bpf_ktime_get_ns();
	return 1;
}

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

/*
 * Takes the note that entry left. 0: there is none, the call began before this thread was marked.
 */
static __always_inline __u64 leave(struct mark *mark)
{
	__u64 enter_ns = mark->enter_ns;

	if (!enter_ns)
		return 0;
	mark->enter_ns = 0;
	return bpf_ktime_get_ns() - enter_ns ?: 1;
}

static __always_inline void count(const struct mark *mark, enum churn_syscall call, __u32 kind,
	__u64 bytes, long error, __u64 ns)
{
	struct process_slot *slot = slot_of(mark);
	__u32 bucket = log2_ns(ns);

	/*
	 * The compiler knows that these hold and would drop the checks that the verifier wants to
	 * see.
	 */
	barrier_var(kind);
	barrier_var(bucket);
	if (!slot || kind >= CHURN_KIND_COUNT || bucket >= CHURN_BUCKETS)
		return;
	__sync_fetch_and_add(&slot->churn.kind[kind].calls, 1);
	__sync_fetch_and_add(&slot->churn.kind[kind].ns, ns);
	__sync_fetch_and_add(&slot->churn.latency[call][bucket], 1);
	if (error)
		__sync_fetch_and_add(&slot->churn.errors[call][errno_class(error)], 1);
	else
		__sync_fetch_and_add(&slot->churn.kind[kind].bytes, bytes);
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

#define ENTER(name, nargs)                                                                         \
	SEC("tp/syscalls/sys_enter_" #name)                                                        \
	int enter_##name(const struct syscall_enter *ctx)                                          \
	{                                                                                          \
		return enter(ctx, nargs);                                                          \
	}

ENTER(mmap, 4)
ENTER(munmap, 2)
ENTER(madvise, 3)
ENTER(mremap, 3)
ENTER(mprotect, 3)
ENTER(process_madvise, 4)

SEC("tp/syscalls/sys_enter_brk")
int enter_brk(const struct syscall_enter *ctx)
{
	struct mark *mark = current_mark();

	if (!mark)
		return 1;
	mark->args[0] = ctx->args[0];
	mark->args[1] = bpf_get_current_task_btf()->mm->brk;
	mark->enter_ns = bpf_ktime_get_ns();
	return 1;
}

#define LEAVE(name, kind, bytes)                                                                   \
	SEC("tp/syscalls/sys_exit_" #name)                                                         \
	int exit_##name(const struct syscall_exit *ctx)                                            \
	{                                                                                          \
		struct mark *mark = current_mark();                                                \
		unsigned long *args;                                                               \
		bool failed = (unsigned long)ctx->ret >= -(unsigned long)MAX_ERRNO;                \
		__u64 ns;                                                                          \
                                                                                                   \
		if (!mark || !(ns = leave(mark)))                                                  \
			return 1;                                                                  \
		args = (unsigned long *)mark->args;                                                \
		count(mark, CHURN_##name, kind, bytes, failed ? ctx->ret : 0, ns);                 \
		return 1;                                                                          \
	}

LEAVE(mmap, mmap_kind(args[2], args[3]), args[1])
LEAVE(munmap, CHURN_munmap_any, args[1])
LEAVE(madvise, madvise_kind(args[2]), args[1])
LEAVE(mprotect, mprotect_kind(args[2]), args[1])
LEAVE(process_madvise, process_madvise_kind(args[3]), ctx->ret)

static __always_inline __u32 mremap_kind(const unsigned long *args, long ret, bool failed)
{
	if (!failed && (unsigned long)ret != args[0])
		return CHURN_mremap_move;
	if (args[2] == args[1])
		return CHURN_mremap_same;
	return args[2] > args[1] ? CHURN_mremap_grow : CHURN_mremap_shrink;
}

LEAVE(mremap, mremap_kind(args, ctx->ret, failed), args[2])

/* brk never fails by errno: it returns the break as it stands, which is not what was asked for. */
SEC("tp/syscalls/sys_exit_brk")
int exit_brk(const struct syscall_exit *ctx)
{
	struct mark *mark = current_mark();
	unsigned long asked, before, after = ctx->ret;
	__u64 ns;

	if (!mark || !(ns = leave(mark)))
		return 1;
	asked = mark->args[0];
	before = mark->args[1];
	if (!asked || asked == before)
		count(mark, CHURN_brk, CHURN_brk_query, 0, 0, ns);
	else if (asked > before)
		count(mark, CHURN_brk, CHURN_brk_grow, after - before, after == asked ? 0 : -12,
			ns);
	else
		count(mark, CHURN_brk, CHURN_brk_shrink, before - after, after == asked ? 0 : -12,
			ns);
	return 1;
}
