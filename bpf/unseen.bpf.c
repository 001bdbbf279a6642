/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Calls that neither the tracepoints of system calls nor perf_event see: madvise requests to an
 * io_uring, and calls through the 32-bit entry, which 64-bit programs can use as well. They are
 * counted, so that a run that had some does not pass as if it had none. A kernel thread of the
 * target's (SQPOLL) may submit requests, which has no mark of its own.
 */

#define RING_MADVISE 25 /* IORING_OP_MADVISE, include/uapi/linux/io_uring.h */

const volatile __u32 ring_opcode_at; /* which argument of io_uring_submit_sqe, before 6.0 */

static __always_inline bool is_ours(struct task_struct *task)
{
	return bpf_task_storage_get(&marks, task, 0, 0) ||
	       bpf_task_storage_get(&marks, task->group_leader, 0, 0);
}

static __always_inline int note_request(__u8 opcode)
{
	if (opcode == RING_MADVISE && is_ours(bpf_get_current_task_btf()))
		__sync_fetch_and_add(&losses.ring_madvises, 1);
	return 0;
}

/* Since 6.4. */
SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(rings_request, struct io_kiocb *request)
{
	return note_request(BPF_CORE_READ(request, opcode));
}

/* From 6.0 to 6.3. */
SEC("tp_btf/io_uring_submit_sqe")
int BPF_PROG(rings_entry, struct io_kiocb *request)
{
	return note_request(BPF_CORE_READ(request, opcode));
}

/* Before that the operation was an argument itself, in one of two places. */
SEC("tp_btf/io_uring_submit_sqe")
int rings_opcode(const __u64 *arguments)
{
	__u64 third = arguments[2], fourth = arguments[3];

	/* Read at constant offsets, as the verifier wants it. */
	barrier_var(third);
	barrier_var(fourth);
	return note_request(ring_opcode_at == 2 ? third : fourth);
}

/*
 * At the kernel's functions behind the 32-bit entry: nobody else pays for it. The tracepoints of
 * system calls pass over it (arch_trace_is_compat_syscall).
 */
SEC("kprobe")
int compat_call(void *registers)
{
	if (is_ours(bpf_get_current_task_btf()))
		__sync_fetch_and_add(&losses.compat_calls, 1);
	return 0;
}
