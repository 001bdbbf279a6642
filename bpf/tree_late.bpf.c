/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Births and exits where probes at tracepoints can be preempted, and so skipped
 * (collectors/preempt.h).
 */

/*
 * The mark of a task for which tree_fork() was skipped: that of its group leader, or a new one if
 * its parent has one. A child whose parent exits before the child's first call is missed: that
 * shows in `recursion_misses` and in perf's counts.
 */
static __always_inline struct mark *inherit_mark(struct task_struct *task)
{
	struct mark *group = bpf_task_storage_get(&marks, task->group_leader, 0, 0);

	if (!group) {
		if (!bpf_task_storage_get(&marks, task->real_parent, 0, 0))
			return NULL;
		group = give_process_mark(task->group_leader,
			open_slot(task, task->group_leader, task->real_parent, false));
	}
	return group ? give_mark(task, group->slot) : NULL;
}

/*
 * Called by do_exit() alone, with preemption disabled as at the return of churn calls: behind it
 * stands sched_process_exit, which tree_exit() would be attached to.
 */
SEC("kprobe.multi/taskstats_exit")
int tree_exit_function(void *ctx)
{
	leave_tree(bpf_get_current_task_btf());
	return 0;
}
