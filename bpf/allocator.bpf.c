/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Which churn calls come from the allocator's own code: those whose instruction lies in it, and
 * those that it makes through libc, where the word on top of the stack is the way back to it. With
 * each the allocator's own counters are copied, so that the last copy of a process is the last
 * count, however the process ended. A copy may be ahead by calls that other threads have counted
 * and not finished; at the end there are none, but for threads that were killed in between.
 */

struct allocator_library library;

/* Whether the counters of the library, if it is loaded there, are what they should be. */
static __always_inline bool is_loaded_at(__u64 start)
{
	struct allocator_counters counters;

	if (bpf_probe_read_user(&counters, sizeof(counters), (void *)(start + library.counters)))
		return false;
	return counters.version == ALLOCATOR_VERSION && counters.size >= sizeof(counters);
}

static __always_inline void find_library(struct allocator_calls *calls, __u64 ip)
{
	for (int i = 0; i < ALLOCATOR_SITES; i++) {
		__u32 site = library.site[ip % ALLOCATOR_PAGE][i];

		if (!site || !is_loaded_at(ip - site))
			continue;
		calls->counters = ip - site + library.counters;
		calls->end = ip - site + library.size;
		calls->start = ip - site;
		return;
	}
}

static __always_inline __u64 user_word_at(__u64 address)
{
	__u64 word = 0;

	bpf_probe_read_user(&word, sizeof(word), (void *)address);
	return word;
}

const volatile __u64 code_bits = -1; /* of a return address; collectors/code_bits.h */

/* The call that returns; the way back from it is read at most once, for that costs most of all. */
struct call_site {
	const struct pt_regs *regs;
	__u64 ip, caller;
	bool has_caller;
};

static __always_inline __u64 caller_of(struct call_site *site)
{
	if (!site->has_caller) {
		site->caller = SYSCALL_CALLER(site->regs) & code_bits;
		site->has_caller = true;
	}
	return site->caller;
}

/* Other threads may be doing the same with lower values: the highest must win. */
static __always_inline void raise(__u64 *own, __u64 value)
{
	for (int attempt = 0; attempt < 8; attempt++) {
		__u64 was = *(volatile __u64 *)own;

		if (was >= value || __sync_val_compare_and_swap(own, was, value) == was)
			return;
	}
}

/* False: they cannot be read now. mprotect's, which is seldom made, is read only if `all` are. */
static __always_inline bool copy_counters(struct allocator_calls *calls, bool all)
{
	struct allocator_counters counters;

	if (bpf_probe_read_user(&counters, sizeof(counters), (void *)calls->counters))
		return false;
	raise(&calls->own[CHURN_mmap], counters.mmap_total);
	raise(&calls->own[CHURN_munmap], counters.free);
	raise(&calls->own[CHURN_madvise], counters.madvise);
	raise(&calls->own[CHURN_mremap], counters.mremap);
	if (all && counters.size >= ALLOCATOR_MPROTECT + sizeof(__u64))
		raise(&calls->own[CHURN_mprotect],
			user_word_at(calls->counters + ALLOCATOR_MPROTECT));
	return true;
}

/* A program that ran before the library was known has counted calls that nobody saw. */
static __always_inline void note_base(struct allocator_calls *calls, enum churn_syscall call)
{
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++)
		calls->base[c] = calls->own[c];
	if (calls->base[call] > 0)
		calls->base[call]--;
	calls->unsure += bpf_get_current_task_btf()->signal->nr_threads - 1;
}

/* A churn call of the process returns. */
static __always_inline void allocator_count(
	struct process_slot *slot, enum churn_syscall call, struct call_site *site)
{
	struct allocator_calls *calls = &slot->allocator;
	__u64 ip = site->ip, caller = 0;
	bool first = !calls->start;

	if (!library.known)
		return;
	if (first)
		find_library(calls, ip);
	if (!calls->start)
		return;
	if (ip < calls->start || ip >= calls->end) {
		caller = caller_of(site);
		if (caller < calls->start || caller >= calls->end)
			return;
	}
	__sync_fetch_and_add(&calls->kernel[call], 1);
	if (!copy_counters(calls, first || call == CHURN_mprotect))
		__sync_fetch_and_add(&calls->unsure, 1);
	if (first && slot->image_ns < library.since_ns)
		note_base(calls, call);
}

/*
 * The program is about to end, by its own will and with no other thread that may have counted a
 * call and not made it: what it counted after its last call is seen too. When a process exits, its
 * memory has gone by now before Linux 6.16.
 */
static __always_inline void allocator_end(struct process_slot *slot, const struct task_struct *task)
{
	if (slot->allocator.start && task->signal->nr_threads == 1 && !(task->exit_code & 0x7f))
		copy_counters(&slot->allocator, true);
}

/* The process executes another program: the counters begin anew. */
static __always_inline void allocator_exec(struct process_slot *slot)
{
	struct allocator_calls *calls = &slot->allocator;

	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++) {
		calls->before_exec[c] += calls->own[c] - calls->base[c];
		calls->own[c] = calls->base[c] = 0;
	}
	calls->start = calls->end = calls->counters = 0;
}
