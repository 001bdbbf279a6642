/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Follows the target's process tree: which tasks belong to it, and which slot each counts in.
 *
 * sched_process_fork runs before the child is woken (kernel/fork.c, kernel_clone), so a child is
 * marked before its first instruction and no call of it can be missed.
 */

static __always_inline void announce(
	__u32 type, __u32 index, const struct process_slot *slot, const char *file)
{
	struct tree_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		__sync_fetch_and_add(&losses.events, 1);
		return;
	}
	event->type = type;
	event->slot = index;
	event->tgid = slot->tgid;
	event->parent_tgid = slot->parent_tgid;
	event->time_ns = now_here();
	event->file[0] = 0;
	if (file)
		bpf_probe_read_kernel_str(event->file, sizeof(event->file), file);
	bpf_ringbuf_submit(event, 0);
}

/*
 * Takes a free slot for a process: `task` is a thread of it that has its memory. Returns its index;
 * the overflow slot's if none is free.
 */
static __always_inline __u32 open_slot(struct task_struct *task, struct task_struct *leader,
	const struct task_struct *parent, bool adopted)
{
	__u32 index = free_list_take(&free_slots, free_slots_next, TREE_SLOTS);
	struct process_slot *slot = bpf_map_lookup_elem(&slots, &index);

	if (!index || !slot)
		goto overflow;
	slot->tgid = tgid_here(task);
	slot->kernel_tgid = task->tgid;
	slot->parent_tgid = tgid_here(parent);
	slot->start_ns = slot->image_ns = now_here();
	slot->image = __sync_fetch_and_add(&images, 1) + 1;
	slot->threads_seen = 1;
	slot->adopted = adopted;
	slot->borrows = share_memory(task, parent);
	slot->brk = task->mm->brk;
	uncounted_begin(slot, parent, adopted);
	bpf_probe_read_kernel_str(slot->comm, sizeof(slot->comm), leader->comm);
	slot->state = TREE_ALIVE;
	return index;
overflow:
	__sync_fetch_and_add(&losses.overflowed, 1);
	return TREE_OVERFLOW_SLOT;
}

/*
 * Marks a task that has no mark. Returns NULL if it cannot be, and counts that as a loss; another's
 * mark if another program was faster.
 */
static __always_inline struct mark *give_mark(struct task_struct *task, __u32 slot)
{
	struct mark fresh = {.slot = slot, .settled = counters_opened};
	struct mark *mark =
		bpf_task_storage_get(&marks, task, &fresh, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!mark)
		mark = bpf_task_storage_get(&marks, task, 0, 0);
	if (!mark)
		__sync_fetch_and_add(&losses.unfollowed, 1);
	return mark;
}

/* The same for a process's first mark, with a new slot, which is announced or given back. */
static __always_inline struct mark *give_process_mark(struct task_struct *leader, __u32 index)
{
	struct process_slot *slot = bpf_map_lookup_elem(&slots, &index);
	struct mark *mark = give_mark(leader, index);

	if (!slot || index == TREE_OVERFLOW_SLOT)
		return mark;
	if (mark && mark->slot == index) {
		announce(TREE_FORK, index, slot, 0);
		return mark;
	}
	slot->state = TREE_FREE;
	slot->tgid = 0;
	free_list_give(&free_slots, free_slots_next, TREE_SLOTS, index);
	return mark;
}

static struct mark *adopt_process(struct task_struct *task, struct task_struct *leader);
static void orphans_hidden(struct task_struct *task);
static void watch_birth(struct task_struct *child);

SEC("tp_btf/sched_process_fork")
int BPF_PROG(tree_fork, struct task_struct *parent, struct task_struct *child)
{
	struct mark *mine = bpf_task_storage_get(&marks, parent, 0, 0);
	struct process_slot *slot;

	if (!mine && adopting)
		mine = adopt_process(parent, parent->group_leader);
	if (mine && watch_births)
		watch_birth(child);
	/* A pass may have seen the child before: it is in the lists already. */
	if (!mine || bpf_task_storage_get(&marks, child, 0, 0))
		return 0;
	if (child->tgid != parent->tgid) {
		give_process_mark(child, open_slot(child, child, parent, false));
		return 0;
	}
	slot = give_mark(child, mine->slot) ? slot_of(mine) : NULL;
	if (slot)
		__sync_fetch_and_add(&slot->threads_seen, 1);
	return 0;
}

/* By sched_process_exec the old memory has gone. Since Linux 6.10. */
SEC("tp_btf/sched_prepare_exec")
int BPF_PROG(exec_prepare, struct task_struct *task)
{
	struct mark *mark = bpf_task_storage_get(&marks, task, 0, 0);
	struct process_slot *slot = mark ? slot_of(mark) : NULL;

	if (!slot)
		return 0;
	allocator_end(slot, task);
	if (mark->slot != TREE_OVERFLOW_SLOT)
		note_peak(slot, task);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(tree_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	struct mark *mark = bpf_task_storage_get(&marks, task, 0, 0);
	struct process_slot *slot;

	if (!mark)
		return 0;
	slot = slot_of(mark);
	if (!slot)
		return 0;
	own_memory_exec(slot, task);
	__sync_fetch_and_add(&slot->execs, 1);
	slot->image_ns = now_here();
	if (mark->slot != TREE_OVERFLOW_SLOT)
		slot->image = __sync_fetch_and_add(&images, 1) + 1;
	slot->deep_stacks = 0;
	slot->code_low = ~0ull;
	__builtin_memset(slot->code, 0, sizeof(slot->code));
	allocator_exec(slot);
	if (BPF_CORE_READ_BITFIELD(bprm, secureexec))
		__sync_fetch_and_add(&losses.secure_execs, 1);
	if (is_compat(bprm))
		__sync_fetch_and_add(&losses.compat_execs, 1);
	if (mark->slot == TREE_OVERFLOW_SLOT)
		return 0;
	slot->brk = task->mm->brk;
	uncounted_exec(slot, task);
	bpf_probe_read_kernel_str(slot->comm, sizeof(slot->comm), task->comm);
	announce(TREE_EXEC, mark->slot, slot, bprm->filename);
	return 0;
}

/*
 * In each exiting thread, before its mm is dropped or after (6.16 moved the tracepoint).
 * signal->maxrss has been brought up to date by then in every kernel, when the last thread is the
 * caller (kernel/exit.c, do_exit: setmax_mm_hiwater_rss).
 */
static __always_inline void leave_tree(struct task_struct *task)
{
	struct mark *mark = bpf_task_storage_get(&marks, task, 0, 0);
	struct process_slot *slot;

	slot = mark ? slot_of(mark) : NULL;
	if (adopting && (!slot || slot->adopted))
		orphans_hidden(task);
	if (!slot)
		return;
	__sync_fetch_and_add(&slot->minflt, task->min_flt);
	__sync_fetch_and_add(&slot->majflt, task->maj_flt);
	__sync_fetch_and_add(&slot->cpu_ns, task->se.sum_exec_runtime);
	if (task->signal->live.counter != 0 || mark->slot == TREE_OVERFLOW_SLOT)
		return;
	allocator_end(slot, task);
	/* Two last threads may both see 0 here; one of them closes the slot. */
	if (__sync_val_compare_and_swap(&slot->state, TREE_ALIVE, TREE_DEAD) != TREE_ALIVE)
		return;
	slot->end_ns = now_here();
	uncounted_end(slot);
	note_peak(slot, task);
	slot->exit_code = task->signal->group_exit_code ?: task->exit_code;
	announce(TREE_EXIT, mark->slot, slot, 0);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(tree_exit, struct task_struct *task)
{
	leave_tree(task);
	return 0;
}
