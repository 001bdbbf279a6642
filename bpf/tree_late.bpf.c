/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What is put right after the event: slots that are free again, births that were missed. */

/*
 * The mark of a task whose birth nobody saw: where probes can be preempted, tree_fork() is skipped
 * now and then. Its group leader has a mark then, or its parent: unless the parent has exited
 * before the child's first call. Such a child shows in `recursion_misses` and in perf's counts.
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
