/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Process ids and times as the observer sees them. It may live in a PID namespace of its own, as in
 * a container, where processes have other numbers than in the kernel's initial namespace, and in a
 * time namespace, where CLOCK_MONOTONIC is shifted. What user space reads is told in its own terms.
 */

__u32 here_level;     /* of the observer's PID namespace: 0, if it is the initial one */
__u64 here_namespace; /* address of its struct pid_namespace */
__s64 here_clock_ns;  /* the observer's CLOCK_MONOTONIC is so far ahead of the kernel's */

/* A read pointer is a number to the verifier, from which `level` may lead on. */
static __always_inline void read_upid(const struct pid *pid, __u32 level, struct upid *ret_upid)
{
	__u64 numbers = (__u64)pid + bpf_core_field_offset(struct pid, numbers);

	ret_upid->nr = 0;
	ret_upid->ns = 0;
	bpf_core_read(&ret_upid->nr, sizeof(ret_upid->nr),
		&((struct upid *)(numbers + level * bpf_core_type_size(struct upid)))->nr);
	bpf_core_read(&ret_upid->ns, sizeof(ret_upid->ns),
		&((struct upid *)(numbers + level * bpf_core_type_size(struct upid)))->ns);
}

/* As pid_nr_ns() of the kernel. 0: it has none here. */
static __always_inline __u32 number_here(const struct pid *pid)
{
	struct upid upid;

	if (!pid || BPF_CORE_READ(pid, level) < here_level)
		return 0;
	read_upid(pid, here_level, &upid);
	return (__u64)upid.ns == here_namespace ? upid.nr : 0;
}

/* Of a process that is being reaped its number may have gone already: 0. */
static __always_inline __u32 tgid_here(const struct task_struct *task)
{
	if (!here_level)
		return task->tgid;
	return number_here(BPF_CORE_READ(task, signal, pids[PIDTYPE_TGID]));
}

static __always_inline __u32 tid_here(const struct task_struct *task)
{
	if (!here_level)
		return task->pid;
	return number_here(BPF_CORE_READ(task, thread_pid));
}

static __always_inline __u64 now_here(void)
{
	return bpf_ktime_get_ns() + here_clock_ns;
}

/* The observer runs it, once, before anything is attached. */
SEC("syscall")
int here_find(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	const struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct time_namespace *time;
	struct upid upid;

	here_level = BPF_CORE_READ(pid, level);
	read_upid(pid, here_level, &upid);
	here_namespace = (__u64)upid.ns;
	if (!bpf_core_field_exists(struct time_namespace, offsets))
		return 0;
	time = BPF_CORE_READ(task, nsproxy, time_ns);
	here_clock_ns = BPF_CORE_READ(time, offsets.monotonic.tv_sec) * 1000000000ll +
			BPF_CORE_READ(time, offsets.monotonic.tv_nsec);
	return 0;
}
