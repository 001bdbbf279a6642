/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Whose memory a process runs in, and the peak RSS of what was its own. Called by tree.bpf.c.
 */

/* Is the program that is executed a 32-bit one? */
static __always_inline bool is_compat(const struct linux_binprm *bprm)
{
	char head[5] = {};

	bpf_core_read(head, sizeof(head), &bprm->buf);
	return head[0] == 0x7f && head[1] == 'E' && head[4] == 1 /* ELFCLASS32 */;
}

/* Have they one address space? As numbers: the verifier does not compare the pointers. */
static __always_inline bool share_memory(
	const struct task_struct *child, const struct task_struct *parent)
{
	return child->tgid != parent->tgid && (__u64)child->mm == (__u64)parent->mm;
}

static __always_inline __u64 pages_of(__s64 count)
{
	return count > 0 ? count : 0;
}

/* As the kernel reckons it for signal->maxrss: get_mm_rss() sums no per-CPU parts either. */
static __always_inline __u64 resident_pages(struct mm_struct *mm)
{
	struct mm_struct___percpu *percpu = (struct mm_struct___percpu *)mm;
	struct mm_struct___atomic *atomic = (struct mm_struct___atomic *)mm;

	if (bpf_core_field_exists(percpu->rss_stat[0].counters))
		return pages_of(BPF_CORE_READ(percpu, rss_stat[0].count)) +
		       pages_of(BPF_CORE_READ(percpu, rss_stat[1].count)) +
		       pages_of(BPF_CORE_READ(percpu, rss_stat[3].count));
	if (bpf_core_field_exists(atomic->rss_stat.count))
		return pages_of(BPF_CORE_READ(atomic, rss_stat.count[0].counter)) +
		       pages_of(BPF_CORE_READ(atomic, rss_stat.count[1].counter)) +
		       pages_of(BPF_CORE_READ(atomic, rss_stat.count[3].counter));
	return 0;
}

/*
 * Called while the process may still have its memory, as it executes another program (6.10) and as
 * it exits (6.16). signal->maxrss is right unless memory of somebody else raised it before: then
 * it only says something if it was raised further.
 */
static __always_inline void note_peak(struct process_slot *slot, struct task_struct *task)
{
	struct mm_struct *mm = task->mm;
	__u64 peak = task->signal->maxrss;

	if (slot->borrows)
		return;
	if (slot->peak_before_pages && peak <= slot->peak_before_pages) {
		__u64 high = mm ? BPF_CORE_READ(mm, hiwater_rss) : 0;
		__u64 now = mm ? resident_pages(mm) : 0;

		peak = high > now ? high : now;
	}
	if (peak > slot->peak_rss_pages)
		slot->peak_rss_pages = peak;
}

/* From here on the memory is the process's own. */
static __always_inline void own_memory_exec(struct process_slot *slot, struct task_struct *task)
{
	if (slot->borrows || (slot->adopted && !slot->execs)) {
		slot->peak_before_pages = task->signal->maxrss;
		slot->peak_rss_pages = 0;
	}
	slot->borrows = 0;
}
