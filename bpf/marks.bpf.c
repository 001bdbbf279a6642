/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the probes keep of the target's tasks and processes. A task's mark is in task storage. */

struct mark {
	__u32 slot;
	__u32 which, kind; /* of the call that is counted: see churn_exit() */
	__u32 settled;     /* as of which counters_opened: see adopt.bpf.c */
	__u64 enter_ns;    /* of the call under way; only with the latency probes */
	struct caller_recent recent[CALLER_RECENT];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct mark);
} marks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, TREE_SLOTS);
	__type(key, __u32);
	__type(value, struct process_slot);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

__u64 free_slots; /* free_list.h; the overflow slot is not among them */
__u32 free_slots_next[TREE_SLOTS];
struct tree_losses losses;
bool watch_births;     /* for children that inherited no perf counters */
bool adopting;         /* adopt.bpf.c is taking in what already runs */
__u32 counters_opened; /* how often the observer opened perf counters for what already ran */
__u32 images;          /* numbers given to images so far */

static __always_inline struct mark *current_mark(void)
{
	return bpf_task_storage_get(&marks, bpf_get_current_task_btf(), 0, 0);
}

static __always_inline struct process_slot *slot_of(const struct mark *mark)
{
	__u32 index = mark->slot;

	return bpf_map_lookup_elem(&slots, &index);
}
