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
 * it a program run. One program is attached to the tracepoints of all seven calls: seven would be
 * verified, compiled and kept in the caches each by itself.
 *
 * Every program returns 1: 0 would keep the event from perf_event counters on the same tracepoint,
 * ours and everybody's (kernel/trace/bpf_trace.c, trace_call_bpf).
 */

struct syscall_exit {
	__u64 common;
	int nr;
	long ret;
};

const volatile bool measure_latency;

/* Its own function: the verifier sees it once. */
__noinline int log2_ns(__u64 ns)
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

static __always_inline void count(struct process_slot *slot, struct mark *mark,
	struct call_site *site, __u32 which, const struct churn_call *call)
{
	__u64 ns = leave(mark);
	__u32 bucket = ns ? log2_ns(ns) : 0, kind = call->kind;
	struct churn_cell cell = {!call->error, call->bytes, ns};

	/* The compiler knows that these hold and would drop the checks the verifier wants. */
	barrier_var(kind);
	barrier_var(bucket);
	if (kind >= CHURN_KIND_COUNT || bucket >= CHURN_BUCKETS)
		return;
	__sync_fetch_and_add(&slot->churn.kind[kind].calls, 1);
	allocator_count(slot, which, site);
	caller_count(slot, mark, site, kind, &cell);
	if (call->error)
		__sync_fetch_and_add(&slot->churn.errors[which][errno_class(call->error)], 1);
	else
		__sync_fetch_and_add(&slot->churn.kind[kind].bytes, call->bytes);
	if (ns) {
		__sync_fetch_and_add(&slot->churn.kind[kind].ns, ns);
		__sync_fetch_and_add(&slot->churn.latency[which][bucket], 1);
	}
}

/* At syscalls/sys_enter_mmap and the like. */
SEC("tp")
int churn_enter(void *ctx)
{
	struct mark *mark = current_mark();

	if (mark)
		mark->enter_ns = bpf_ktime_get_ns();
	return 1;
}

static __always_inline void returned(
	struct task_struct *task, struct mark *mark, int number, long ret)
{
	struct process_slot *slot = slot_of(mark);
	struct churn_call call;
	struct call_site site;
	struct pt_regs *regs;
	__u32 which;

	if (!slot)
		return;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	call = (struct churn_call){
		{SYSCALL_ARG0(regs), SYSCALL_ARG1(regs), SYSCALL_ARG2(regs), SYSCALL_ARG3(regs)},
		.ret = ret, .brk_before = slot->brk};
	site = (struct call_site){regs, SYSCALL_IP(regs), 0, false};
	/* Of what is in a map the verifier knows nothing: so it follows the rest once, not once for
	 * each kind of call. */
	mark->which = describe_call(&call, number);
	mark->kind = call.kind;
	barrier();
	which = mark->which;
	call.kind = mark->kind;
	if (which >= CHURN_SYSCALL_COUNT)
		return;
	if (which == CHURN_brk)
		slot->brk = call.ret;
	count(slot, mark, &site, which, &call);
	if (counts_no_ops(slot))
		uncounted_call(mark->slot, which << 16 | call.kind, call.ret,
			maps_file(which, &call) ? call.argument[1] : 0, site.ip);
	if (tell_callers && maps_code(which, &call))
		code_mapped(mark->slot, call.ret, call.argument[1]);
}

/* At syscalls/sys_exit_mmap and the like. */
SEC("tp")
int churn_exit(const struct syscall_exit *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mark *mark = bpf_task_storage_get(&marks, task, 0, 0);

	if (mark)
		returned(task, mark, ctx->nr, ctx->ret);
	return 1;
}

/*
 * The same where probes at tracepoints can be preempted (collectors/preempt.h): as the functions
 * behind the system calls return. Preemption is disabled there (kernel/trace/fprobe.c), but the
 * hook costs more. The cookie is the system call's number.
 */
SEC("kretprobe.multi")
int churn_return(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mark *mark = bpf_task_storage_get(&marks, task, 0, 0) ?: inherit_mark(task);

	if (mark)
		returned(task, mark, bpf_get_attach_cookie(ctx), SYSCALL_RETURN(ctx));
	return 0;
}

SEC("kprobe.multi")
int churn_begin(struct pt_regs *ctx)
{
	struct mark *mark = current_mark();

	if (mark)
		mark->enter_ns = bpf_ktime_get_ns();
	return 0;
}
