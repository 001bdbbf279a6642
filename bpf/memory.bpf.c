/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Exact RSS on demand. Since 6.2 the kernel keeps it in per-CPU counters whose cheap approximate
 * sum, which /proc/PID/stat reports, is off by up to 32 pages for each CPU; here all CPUs are
 * summed, as smaps_rollup would by walking the page tables, at a thousandth of its price and
 * without the mmap lock.
 */

extern struct task_struct *bpf_task_from_pid(__s32 pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;
extern void bpf_rcu_read_lock(void) __ksym __weak;
extern void bpf_rcu_read_unlock(void) __ksym __weak;

const volatile __u32 possible_cpus = 1;

/*
 * Where each CPU's copy of a per-CPU object lies relative to the object's own pointer. Filled once,
 * at start.
 */
__u64 cpu_offset[MEMORY_MAX_CPUS];

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} ruler SEC(".maps");

/* Once through memory: the verifier allows little arithmetic on addresses, but any on numbers. */
static volatile __u64 scratch;

static __always_inline __u64 as_number(const void *address)
{
	scratch = (__u64)address;
	return scratch;
}

/*
 * __per_cpu_offset need not be in kallsyms. A map's own per-CPU pointer and the address of its
 * element on a CPU differ by just that CPU's offset.
 */
SEC("syscall")
int memory_measure_cpus(void *ctx)
{
	struct bpf_array *array = (struct bpf_array *)as_number(&ruler);
	__u64 base = (__u64)BPF_CORE_READ(array, pptrs[0]);
	__u32 key = 0;

	for (__u32 cpu = 0; cpu < MEMORY_MAX_CPUS; cpu++) {
		__u64 *copy = bpf_map_lookup_percpu_elem(&ruler, &key, cpu);

		if (!copy)
			break;
		cpu_offset[cpu] = as_number(copy) - base;
	}
	return 0;
}

static __always_inline __s64 sum_counter(struct percpu_counter *counter)
{
	__u64 counters = (__u64)BPF_CORE_READ(counter, counters);
	__s64 sum = BPF_CORE_READ(counter, count);

	for (__u32 cpu = 0; cpu < possible_cpus && cpu < MEMORY_MAX_CPUS; cpu++) {
		__s32 part = 0;

		bpf_probe_read_kernel(&part, sizeof(part), (void *)(counters + cpu_offset[cpu]));
		sum += part;
	}
	return sum;
}

static __always_inline void add_rss(struct memory_request *request, struct mm_struct *mm)
{
	struct mm_struct___percpu *percpu = (struct mm_struct___percpu *)mm;
	struct mm_struct___atomic *atomic = (struct mm_struct___atomic *)mm;

	if (bpf_core_field_exists(percpu->rss_stat[0].counters)) {
		request->file_pages += sum_counter(&percpu->rss_stat[0]);
		request->anon_pages += sum_counter(&percpu->rss_stat[1]);
		request->swap_entries += sum_counter(&percpu->rss_stat[2]);
		request->shmem_pages += sum_counter(&percpu->rss_stat[3]);
	} else if (bpf_core_field_exists(atomic->rss_stat.count)) {
		request->file_pages += BPF_CORE_READ(atomic, rss_stat.count[0].counter);
		request->anon_pages += BPF_CORE_READ(atomic, rss_stat.count[1].counter);
		request->swap_entries += BPF_CORE_READ(atomic, rss_stat.count[2].counter);
		request->shmem_pages += BPF_CORE_READ(atomic, rss_stat.count[3].counter);
	}
}

/*
 * A walk over the threads of a group; everything is read by probes that tolerate objects freed
 * meanwhile.
 */
struct thread_walk {
	struct list_head *head, *at;
	struct mm_struct *mm;
	__u64 minflt, majflt, cpu_ns;
	__u32 threads;
};

static int walk_thread(__u32 index, struct thread_walk *walk)
{
	struct list_head *at = walk->at;
	struct task_struct *task;

	if (!at || at == walk->head)
		return 1;
	task = (void *)at - bpf_core_field_offset(struct task_struct, thread_node);
	walk->minflt += BPF_CORE_READ(task, min_flt);
	walk->majflt += BPF_CORE_READ(task, maj_flt);
	walk->cpu_ns += BPF_CORE_READ(task, se.sum_exec_runtime);
	walk->threads++;
	/* A leader that called pthread_exit() has no mm; its threads do. */
	if (!walk->mm)
		walk->mm = BPF_CORE_READ(task, mm);
	walk->at = BPF_CORE_READ(at, next);
	return 0;
}

/*
 * Returns false if a thread was just leaving the group, in which case its counts may be seen twice
 * or not at all.
 */
static __always_inline bool sum_threads(struct signal_struct *signal, struct thread_walk *walk)
{
	__u32 sequence = BPF_CORE_READ(signal, stats_lock.seqcount.seqcount.sequence);

	walk->head = (void *)signal + bpf_core_field_offset(struct signal_struct, thread_head);
	walk->at = BPF_CORE_READ(signal, thread_head.next);
	walk->mm = 0;
	walk->threads = 0;
	walk->minflt = BPF_CORE_READ(signal, min_flt);
	walk->majflt = BPF_CORE_READ(signal, maj_flt);
	walk->cpu_ns = BPF_CORE_READ(signal, sum_sched_runtime);
	bpf_loop(MEMORY_MAX_THREADS, walk_thread, walk, 0);
	return !(sequence & 1) &&
	       sequence == BPF_CORE_READ(signal, stats_lock.seqcount.seqcount.sequence);
}

static __always_inline void read_task(struct memory_request *request, struct task_struct *task)
{
	struct thread_walk walk = {};
	struct mm_struct *mm;

	bpf_rcu_read_lock();
	if (!sum_threads(task->signal, &walk) && !sum_threads(task->signal, &walk))
		sum_threads(task->signal, &walk);
	request->minflt = walk.minflt;
	request->majflt = walk.majflt;
	request->cpu_ns = walk.cpu_ns;
	request->threads = walk.threads;
	mm = walk.mm;
	if (mm) {
		add_rss(request, mm);
		request->mm = as_number(mm);
		request->vmas = BPF_CORE_READ(mm, map_count);
		request->pgtables_bytes = BPF_CORE_READ(mm, pgtables_bytes.counter);
		request->status = 0;
	}
	bpf_rcu_read_unlock();
}

SEC("syscall")
int memory_read(struct memory_request *ctx)
{
	struct memory_request request = {.tgid = ctx->tgid, .status = -3 /* ESRCH */};
	struct task_struct *task = bpf_task_from_pid(request.tgid);

	if (task) {
		read_task(&request, task);
		bpf_task_release(task);
	}
	*ctx = request;
	return 0;
}
