/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The same as memory.bpf.c for Linux 6.1, which keeps RSS otherwise: atomic sums in the mm, and in
 * each thread up to 64 page events that have not been added yet (mm/memory.c, SPLIT_RSS_COUNTING).
 * An iterator over the threads of one process adds all of them. Other processes may run in the
 * same address space (vfork, CLONE_VM): where mm_users counts more than the threads, an iterator
 * over all tasks adds theirs.
 */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct task_rss_stat {
	int events;
	int count[4];
};

struct task_struct___split {
	struct task_rss_stat rss_stat;
};

struct mm_struct___users {
	atomic_t mm_users;
};

#pragma clang attribute pop

/* What the iterator has added. User space clears it, iterates, and reads it. */
struct memory_request memory_walked;

static __always_inline void add_unsynced(
	struct memory_request *request, const struct task_struct___split *task)
{
	if (!bpf_core_field_exists(task->rss_stat.count))
		return;
	request->file_pages += task->rss_stat.count[0];
	request->anon_pages += task->rss_stat.count[1];
	request->swap_entries += task->rss_stat.count[2];
	request->shmem_pages += task->rss_stat.count[3];
}

static __always_inline void add_process(
	struct memory_request *request, const struct task_struct *task)
{
	const struct mm_struct *mm = task->mm;

	if (!request->threads++) {
		request->minflt += task->signal->min_flt;
		request->majflt += task->signal->maj_flt;
		request->cpu_ns += task->signal->sum_sched_runtime;
	}
	/* A leader that called pthread_exit() has no mm; its threads do. */
	if (request->mm || !mm)
		return;
	add_rss(request, (struct mm_struct *)mm);
	request->mm = as_number(mm);
	request->tgid = task->tgid;
	request->sharers = ((const struct mm_struct___users *)mm)->mm_users.counter;
	request->vmas = mm->map_count;
	request->pgtables_bytes = mm->pgtables_bytes.counter;
}

SEC("iter/task")
int memory_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct memory_request *request = &memory_walked;

	if (!task)
		return 0;
	add_process(request, task);
	request->minflt += task->min_flt;
	request->majflt += task->maj_flt;
	request->cpu_ns += task->se.sum_exec_runtime;
	add_unsynced(request, (void *)task);
	if (task->mm)
		request->sharers--;
	return 0;
}

/* After memory_task: what the threads of other processes have not added to the same mm yet. */
SEC("iter/task")
int memory_sharers(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct memory_request *request = &memory_walked;

	if (task && as_number(task->mm) == request->mm && (__u32)task->tgid != request->tgid)
		add_unsynced(request, (void *)task);
	return 0;
}
