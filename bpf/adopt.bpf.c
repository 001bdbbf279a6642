/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Takes in what already runs: the wanted processes, all below them, and all their threads.
 *
 * A pass over all tasks marks those that it finds, and tree_fork() marks what is born meanwhile to
 * anybody below a wanted process, marked yet or not. User space repeats the pass until it marks
 * nobody. What then is unmarked was born before its parent's mark, so all of that pass could see it
 * and its parent: nobody is left. One thing can hide a process: its parent ends between two passes.
 * tree_exit() counts that as a loss.
 *
 * A mark comes into being with its slot: other programs never see one without.
 */

/* include/linux/sched.h. A new task is in the lists already and will be seen by tree_fork(). */
#define TASK_INTERRUPTIBLE 0x1
#define TASK_STOPPED 0x4
#define TASK_TRACED 0x8
#define TASK_DEAD 0x80
#define TASK_NEW 0x800
#define SIGNAL_GROUP_EXIT 4 /* include/linux/sched/signal.h */

#define ADOPT_MOST_ANCESTORS 16
#define ADOPT_MOST_EVENTS 64 /* of perf, on one task */

/* Processes that are wanted, with all below them. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ADOPT_MOST_WANTED);
	__type(key, __u32);
	__type(value, __u32);
} wanted SEC(".maps");

bool tell_counted;                   /* fill adopted_task.counted */
__u64 newly_marked;                  /* user space repeats the pass until it stays the same */
__u64 uncounted_births;              /* that inherited not all counters, while watched */
__u64 observer;                      /* the task that opened those */
__u64 perf_ids[CHURN_SYSCALL_COUNT]; /* of the tracepoints that the observer's perf events count */

/* Is it wanted, or below a process that is wanted or marked? */
static __always_inline bool belongs(struct task_struct *leader)
{
	struct task_struct *at = leader;

	/* 64 bits wide: the verifier of 5.15 loses the value of a narrower counter. */
	for (__u64 i = 0; i < ADOPT_MOST_ANCESTORS; i++) {
		__u32 tgid = tgid_here(at);

		if (bpf_map_lookup_elem(&wanted, &tgid) || bpf_task_storage_get(&marks, at, 0, 0))
			return true;
		if (tgid <= 1)
			return false;
		at = at->real_parent;
		if (!at)
			return false;
		at = at->group_leader;
		if (!at)
			return false;
	}
	return false;
}

/*
 * The mark of the process, which is its leader's: that task stays until the last thread has gone.
 * `task` is a thread of it that lives, for the leader may have called pthread_exit().
 */
static __noinline struct mark *adopt_process(struct task_struct *task, struct task_struct *leader)
{
	struct mark *mark = bpf_task_storage_get(&marks, leader, 0, 0);
	__u32 index;

	/* An ended process has told of its end, or is past where it would. */
	if (mark || task->signal->live.counter == 0 || !belongs(leader))
		return mark;
	index = open_slot(task, leader, leader->real_parent, true);
	return give_process_mark(leader, index);
}

/*
 * While passes are made a process ends that may have children from before its mark, if it has one:
 * from now on nothing tells whose they are. While other threads go on, the children pass to those.
 */
static __noinline void orphans_hidden(struct task_struct *task)
{
	__u64 children = (__u64)task + bpf_core_field_offset(struct task_struct, children);

	if (task->signal->live.counter && !(task->signal->flags & SIGNAL_GROUP_EXIT))
		return;
	if ((__u64)BPF_CORE_READ(task, children.next) != children && belongs(task->group_leader))
		__sync_fetch_and_add(&losses.unfollowed, 1);
}

/*
 * Which call this event of perf counts, if it is the observer's: one bit. A function of its own:
 * the verifier sees it once.
 */
__noinline __u32 counted_call(__u64 address)
{
	struct perf_event *event = (struct perf_event *)address;
	struct perf_event *opened = BPF_CORE_READ(event, parent) ?: event;
	__u64 id = BPF_CORE_READ(event, attr.config);

	if ((__u64)BPF_CORE_READ(opened, owner) != observer)
		return 0;
	for (__u32 c = 0; c < CHURN_SYSCALL_COUNT; c++)
		if (perf_ids[c] == id)
			return 1u << c;
	return 0;
}

static __always_inline struct perf_event_context *perf_context(struct task_struct *task)
{
	struct task_struct___one_context *one = (void *)task;
	struct task_struct___two_contexts *two = (void *)task;

	if (bpf_core_field_exists(two->perf_event_ctxp[1]))
		return BPF_CORE_READ(two, perf_event_ctxp[1]);
	return BPF_CORE_READ(one, perf_event_ctxp);
}

/*
 * Only the kernel knows which counters a thread inherited: whether it was born before its parent's
 * were opened cannot be told from outside.
 */
static __noinline __u32 counted_calls(struct task_struct *task)
{
	struct perf_event_context *context = perf_context(task);
	__u32 counted = 0;
	__u64 head, at;

	if (!context)
		return 0;
	head = (__u64)context + bpf_core_field_offset(struct perf_event_context, event_list);
	at = (__u64)BPF_CORE_READ(context, event_list.next);
	for (int i = 0; i < ADOPT_MOST_EVENTS; i++) {
		struct list_head *link = (struct list_head *)at;

		if (at == head || !at)
			return counted;
		counted |= counted_call(at - bpf_core_field_offset(struct perf_event, event_entry));
		at = (__u64)BPF_CORE_READ(link, next);
	}
	return ADOPT_COUNTED_UNKNOWN;
}

/*
 * A fork copies its parent's counters long before the child is in any list. One that was under way
 * when they were opened gives a child without, after the pass that would have found it. Passes go
 * on until each thread has been seen asleep, as no fork sleeps; what cannot be waited for is told.
 */
static __noinline void watch_birth(struct task_struct *child)
{
	if (counted_calls(child) != (1u << CHURN_SYSCALL_COUNT) - 1)
		__sync_fetch_and_add(&uncounted_births, 1);
}

static __always_inline __u32 adopted_state(struct task_struct *task, struct mark *mark)
{
	__u32 state = task->__state;

	if (state & (TASK_INTERRUPTIBLE | TASK_STOPPED | TASK_TRACED | TASK_DEAD))
		mark->settled = counters_opened;
	return (state == 0 ? ADOPTED_RUNNING : 0) |
	       (mark->settled != counters_opened ? ADOPTED_UNSETTLED : 0);
}

/*
 * Marks the task if it belongs, and tells of it if it is marked. The observer is never its own
 * target.
 */
SEC("iter/task")
int mark_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct mark *process, *mark;
	struct adopted_task told;
	struct process_slot *slot;
	__u32 state;

	if (!task || task->tgid == bpf_get_current_pid_tgid() >> 32)
		return 0;
	/* Before the mark: once it is no longer new, tree_fork() has seen it. */
	state = task->__state;
	barrier();
	mark = bpf_task_storage_get(&marks, task, 0, 0);
	if (!mark) {
		process = adopt_process(task, task->group_leader);
		if (!process)
			return 0;
		mark = give_mark(task, process->slot);
		slot = mark && task->pid != task->tgid ? slot_of(mark) : NULL;
		if (slot)
			__sync_fetch_and_add(&slot->threads_seen, 1);
		if (state != TASK_NEW)
			__sync_fetch_and_add(&newly_marked, 1);
	}
	if (!mark)
		return 0;
	observer = bpf_get_current_task();
	told = (struct adopted_task){.tid = tid_here(task),
		.tgid = tgid_here(task),
		.state = adopted_state(task, mark),
		.counted = tell_counted ? counted_calls(task) : 0};
	if (told.tid) /* else it has been reaped meanwhile */
		bpf_seq_write(ctx->meta->seq, &told, sizeof(told));
	return 0;
}
