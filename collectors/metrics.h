/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The metric catalogue: every column of the table `samples`, once.
 *
 * The run file's schema, the exports, the pictures' column names and the table in docs/run-file.md
 * all come from METRICS(). To add a metric, add a line here and fill it in a collector; nothing
 * else changes.
 *
 *   X(name, UNIT, KIND, RATE, "source", "meaning")
 *
 * KIND is COUNTER (cumulative since the start of the run, never falls) or GAUGE (the value at the
 * instant).
 * RATE is TICK (in every sample) or SLOW (only in some; NULL in the others). A metric that this
 * machine cannot provide is NULL in every sample: absent, never zero.
 */
#ifndef SOAK_METRICS_H
#define SOAK_METRICS_H

/* clang-format off */
#define METRICS(X)                                                                                                      \
X(t_ns, NS, GAUGE, TICK, "CLOCK_MONOTONIC", "time since the target was released from the barrier")                      \
X(late_ns, NS, GAUGE, TICK, "timerfd", "how long after its due time the sample was taken")                              \
X(missed_ticks, COUNT, COUNTER, TICK, "timerfd", "ticks that passed while the observer was held up")                    \
X(lost_events, COUNT, COUNTER, TICK, "bpf", "process events that found the ring buffer full")                           \
X(skipped_probes, COUNT, COUNTER, SLOW, "bpf", "times that the kernel skipped a probe (recursion_misses), in any process")           \
X(processes, COUNT, GAUGE, TICK, "bpf", "live processes of the target")                                                 \
X(threads, COUNT, GAUGE, TICK, "bpf or /proc/PID/stat", "live threads of the target")                                   \
X(open_fds, COUNT, GAUGE, SLOW, "/proc/PID/fd", "open file descriptors, summed over processes")                         \
X(ops_alloc, COUNT, COUNTER, TICK, "ops page", "allocations: malloc, calloc, aligned forms, operator new")              \
X(ops_free, COUNT, COUNTER, TICK, "ops page", "frees: free, operator delete")                                           \
X(ops_realloc, COUNT, COUNTER, TICK, "ops page", "reallocations: realloc, reallocarray")                                \
X(uncounted_programs, COUNT, GAUGE, TICK, "bpf", "programs so far that counted none of their ops (docs/run-file.md)")  \
X(uncounted_calls, COUNT, GAUGE, TICK, "bpf", "mmap, munmap, madvise and process_madvise calls of these programs so far") \
X(uncounted_churn, COUNT, GAUGE, TICK, "bpf", "brk, mremap and mprotect calls of these programs so far")                 \
X(mmap, COUNT, COUNTER, TICK, "bpf", "mmap calls that returned, including failed ones")                                 \
X(munmap, COUNT, COUNTER, TICK, "bpf", "munmap calls that returned")                                                    \
X(madvise, COUNT, COUNTER, TICK, "bpf", "madvise calls that returned")                                                  \
X(mremap, COUNT, COUNTER, TICK, "bpf", "mremap calls that returned")                                                    \
X(brk, COUNT, COUNTER, TICK, "bpf", "brk calls that returned")                                                          \
X(mprotect, COUNT, COUNTER, TICK, "bpf", "mprotect calls that returned")                                                \
X(process_madvise, COUNT, COUNTER, TICK, "bpf", "process_madvise calls made by the target")                             \
X(churn_ns, NS, COUNTER, TICK, "bpf", "time spent in these seven calls, with --latency")                             \
X(churn_errors, COUNT, COUNTER, TICK, "bpf", "calls among these seven that failed")                                     \
X(rss_anon_bytes, BYTES, GAUGE, TICK, "bpf or /proc/PID/status", "resident anonymous memory, summed over processes")    \
X(rss_file_bytes, BYTES, GAUGE, TICK, "bpf or /proc/PID/status", "resident file pages, summed over processes")          \
X(rss_shmem_bytes, BYTES, GAUGE, TICK, "bpf or /proc/PID/status", "resident shared memory, summed over processes")      \
X(swap_bytes, BYTES, GAUGE, TICK, "bpf or /proc/PID/status", "anonymous memory that was swapped out")                   \
X(statm_rss_bytes, BYTES, GAUGE, TICK, "/proc/PID/statm", "RSS from a second source, summed over processes")            \
X(vmas, COUNT, GAUGE, TICK, "bpf", "memory mappings (VMAs)")                                                            \
X(pgtables_bytes, BYTES, GAUGE, TICK, "bpf or /proc/PID/status", "page tables")                                         \
X(minflt, COUNT, COUNTER, TICK, "bpf or /proc/PID/stat", "minor page faults")                                           \
X(majflt, COUNT, COUNTER, TICK, "bpf or /proc/PID/stat", "major page faults")                                           \
X(fault_user, COUNT, COUNTER, TICK, "bpf", "page-fault exceptions taken in user mode")                                  \
X(fault_kernel, COUNT, COUNTER, TICK, "bpf", "page-fault exceptions taken in kernel mode, e.g. by read(2)")             \
X(cpu_ns, NS, COUNTER, TICK, "bpf or /proc/PID/stat", "CPU time of the target")                                         \
X(allocator_calls, COUNT, COUNTER, TICK, "bpf", "mmap, munmap, madvise and process_madvise calls from the code of an allocator that counts them itself") \
X(allocator_in_use_bytes, BYTES, GAUGE, TICK, "allocator", "bytes given out, by the allocator's own account; may include its caches (docs/allocator-stats.md)") \
X(allocator_committed_bytes, BYTES, GAUGE, TICK, "allocator", "bytes that may be resident, by the allocator's own account (docs/allocator-stats.md)")  \
X(allocator_cached_bytes, BYTES, GAUGE, TICK, "allocator", "bytes in use that thread caches hold, as of the allocator's last look at the clock; hakmem only, like the next five") \
X(allocator_retained_bytes, BYTES, GAUGE, TICK, "allocator", "committed bytes that are free and kept for reuse")        \
X(allocator_retained_peak_bytes, BYTES, GAUGE, TICK, "allocator", "highest retained bytes of each live process, summed")          \
X(allocator_purges, COUNT, GAUGE, TICK, "allocator", "times that the live processes gave free memory back to the kernel") \
X(allocator_regretted_bytes, BYTES, GAUGE, TICK, "allocator", "purged bytes that were wanted back within a second")       \
X(allocator_refaulted_bytes, BYTES, GAUGE, TICK, "allocator", "purged bytes that were wanted back within 16 s and faulted in again") \
X(pss_bytes, BYTES, GAUGE, SLOW, "smaps_rollup", "proportional set size: each shared page divided by the number of its sharers") \
X(lazyfree_bytes, BYTES, GAUGE, SLOW, "smaps_rollup", "MADV_FREE memory that the kernel has not yet reclaimed")         \
X(anon_huge_bytes, BYTES, GAUGE, SLOW, "smaps_rollup", "anonymous memory in transparent huge pages")                    \
X(smaps_cost_ns, NS, GAUGE, SLOW, "smaps_rollup", "time to read smaps_rollup, during which the target's mmap lock is held") \
X(mappings_cost_ns, NS, GAUGE, SLOW, "smaps", "time to read the mappings one by one, for the table mappings")               \
X(heap_sampled_bytes, BYTES, GAUGE, TICK, "libsoakops", "bytes in use, estimated from sampled allocations (docs/heap-sampling.md)") \
X(heap_sampled_error_bytes, BYTES, GAUGE, TICK, "libsoakops", "standard error of heap_sampled_bytes") \
X(steal_ns, NS, COUNTER, SLOW, "/proc/stat", "CPU time that the hypervisor took from this host, all CPUs")              \
X(host_busy_ns, NS, COUNTER, SLOW, "/proc/stat", "CPU time that anything used on this host, all CPUs")                  \
X(psi_cpu_us, US, COUNTER, SLOW, "/proc/pressure/cpu", "time in which some task waited for a CPU")                      \
X(psi_memory_us, US, COUNTER, SLOW, "/proc/pressure/memory", "time in which some task waited for memory")               \
X(self_cpu_ns, NS, COUNTER, SLOW, "getrusage", "CPU time of the observer itself")                                       \
X(self_rss_bytes, BYTES, GAUGE, SLOW, "/proc/self/statm", "RSS of the observer itself")                                 \
X(speed_runs, COUNT, COUNTER, TICK, "bpf", "runs of a fixed piece of work on the target's CPUs")                         \
X(speed_ns, NS, COUNTER, TICK, "bpf", "time that these runs took; less time per run means faster CPUs")                 \
X(imported_rss_bytes, BYTES, GAUGE, TICK, "soak import", "RSS as one figure, as another tool recorded it")              \
X(imported_ops, COUNT, COUNTER, TICK, "soak import", "ops as one figure, as something else counted them")
/* clang-format on */

enum metric {
#define X(name, unit, kind, rate, source, meaning) METRIC_##name,
	METRICS(X)
#undef X
		METRIC_COUNT
};

enum metric_unit { UNIT_NS, UNIT_US, UNIT_BYTES, UNIT_COUNT };
enum metric_kind { KIND_COUNTER, KIND_GAUGE };
enum metric_rate { RATE_TICK, RATE_SLOW };

struct metric_info {
	const char *name;
	enum metric_unit unit;
	enum metric_kind kind;
	enum metric_rate rate;
	const char *source;
	const char *meaning;
};

/* One entry for each enum metric, in its order. */
extern const struct metric_info metric_info[METRIC_COUNT];

/* "ns", "us", "bytes" or "count". */
const char *metric_unit_name(enum metric_unit unit);

#endif
