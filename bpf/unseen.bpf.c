/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What changes an address space and is no system call: requests to an io_uring. They are counted,
 * so that a run that had some does not pass as if it had none. A kernel thread of the target's
 * (SQPOLL) may submit them, which has no mark of its own.
 */

#define RING_MADVISE 25 /* IORING_OP_MADVISE, include/uapi/linux/io_uring.h */

static __always_inline int note_request(const struct io_kiocb *request)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (BPF_CORE_READ(request, opcode) != RING_MADVISE)
		return 0;
	if (bpf_task_storage_get(&marks, task, 0, 0) ||
		bpf_task_storage_get(&marks, task->group_leader, 0, 0))
		__sync_fetch_and_add(&losses.ring_madvises, 1);
	return 0;
}

/* Since 6.4. */
SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(unseen_request, struct io_kiocb *request)
{
	return note_request(request);
}

/* From 6.0 to 6.3; before that the first argument was another. */
SEC("tp_btf/io_uring_submit_sqe")
int BPF_PROG(unseen_entry, struct io_kiocb *request)
{
	return note_request(request);
}
