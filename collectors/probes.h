/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The life cycle of the kernel probes: open, choose variants, load, attach, tear down. The only
 * file that knows libbpf's objects; other collectors ask it for maps and programs.
 *
 * Everything is held by descriptors of this process: however it ends, the kernel removes the
 * probes.
 */
#ifndef SOAK_PROBES_H
#define SOAK_PROBES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bpf/adopt.h"
#include "bpf/callers.h"
#include "bpf/memory.h"
#include "bpf/speed.h"
#include "bpf/tree.h"
#include "soak/words/text.h"

struct probes;

enum probe_feature {
	PROBE_TREE,    /* following forks, execs, exits */
	PROBE_CHURN,   /* counting the address-space system calls */
	PROBE_LATENCY, /* time of these calls in the kernel: a second hook for each call */
	PROBE_CALLERS, /* where in the target's code these calls are made */
	PROBE_FAULTS,  /* page faults by mode */
	PROBE_MEMORY,  /* exact RSS on demand */
	PROBE_SPEED,   /* speed of the CPUs on which the target runs */
	PROBE_RINGS,   /* noticing madvise requests to an io_uring (not system calls) */
	PROBE_COMPAT,  /* noticing calls through the 32-bit entry */
	PROBE_FEATURE_COUNT
};

/*
 * Where the churn calls are counted. Tracepoints are cheaper, and exact if the kernel does not
 * preempt probes there (collectors/preempt.h); HOOKS_AUTO tries that.
 */
enum probe_hooks { HOOKS_AUTO, HOOKS_TRACEPOINTS, HOOKS_FUNCTIONS };

struct probes_options {
	enum probe_hooks hooks;
	const char *note; /* for probes_note(); may be NULL */
	bool off[PROBE_FEATURE_COUNT];
	bool verbose; /* libbpf's own messages go to stderr */
};

/*
 * Loads and attaches the probes that this kernel supports. PROBE_TREE and PROBE_CHURN are required:
 * without them returns a negative errno, with one line in `error`. probes_absent() names other
 * missing features.
 */
int probes_open(
	const struct probes_options *options, struct probes **ret_probes, struct text *error);

/* Accepts NULL. */
void probes_close(struct probes *probes);

/* Why this feature is absent, in words; NULL: it works. */
const char *probes_absent(const struct probes *probes, enum probe_feature feature);
const char *probe_feature_name(enum probe_feature feature);

/* TREE_SLOTS slots, shared with the kernel; valid until probes_close(). */
struct process_slot *probes_slots(const struct probes *probes);
const volatile struct tree_losses *probes_losses(const struct probes *probes);
const volatile struct speed_counts *probes_speed(const struct probes *probes);

/*
 * How often the kernel skipped a probe because another one ran on that CPU, in any process, of the
 * target or not (`recursion_misses`; kernels before 6.7 do not count them at tracepoints).
 * `ret_which`: which probe how often, separated by commas.
 */
uint64_t probes_skipped(const struct probes *probes, struct text *ret_which);

/*
 * Why churn calls are counted at tracepoints although probes can be preempted there, and so
 * skipped. Empty: this is not so.
 */
const char *probes_note(const struct probes *probes);

/* Where churn calls are counted: "tracepoints" or "functions". */
const char *probes_hooks(const struct probes *probes);

int probes_events_fd(const struct probes *probes);  /* map descriptor of the ring buffer */
int probes_callers_fd(const struct probes *probes); /* likewise, of struct caller_event */

/*
 * Reads one process's memory: `tgid` as we see it, request->tgid as the initial PID namespace does.
 * Returns 0 or a negative errno: -ESRCH if there is no such process or it has no address space.
 */
int probes_read_memory(const struct probes *probes, pid_t tgid, struct memory_request *request);

/* From now on calls from this library are counted separately, in processes that load it. */
void probes_watch_library(const struct probes *probes, const struct allocator_library *library);

/* A line below CALLER_SITES, shared with the kernel; NULL if it cannot be mapped. */
struct caller_site *probes_site(struct probes *probes, uint32_t line);
const volatile struct caller_losses *probes_caller_losses(const struct probes *probes);

/* Frees the line of a site on which nothing can count any more. */
void probes_site_free(struct probes *probes, uint32_t line);

/* Makes a cleared slot available again. */
void probes_slot_free(const struct probes *probes, unsigned int slot);

/*
 * Marks processes that already run, all their descendants, and all their threads. From then on
 * their calls, and the calls of processes that they start, are counted. Returns 0 or a negative
 * errno: -E2BIG if there are more than ADOPT_MOST_WANTED. Processes that have ended are skipped.
 */
int probes_adopt(const struct probes *probes, const pid_t *tgids, size_t count);

struct adopted_tasks {
	struct adopted_task *task;
	size_t count, capacity;
	uint64_t found; /* unmarked tasks in the last pass that should have had a mark */
};

/*
 * Lists all tasks that are marked now, by one pass over all tasks of the system. `perf_ids`: ids of
 * the tracepoints whose counters to look for, one for each churn call; NULL: do not look. Returns 0
 * or a negative errno. Release with free(tasks->task).
 */
int probes_tasks(
	const struct probes *probes, const uint64_t *perf_ids, struct adopted_tasks *tasks);

/* Call after perf counters were opened: ADOPTED_UNSETTLED then means since this call. */
void probes_counters_opened(const struct probes *probes);

/*
 * Watches for, and counts, children whose birth was under way when their parent's counters were
 * opened: perf does not count these children.
 */
void probes_watch_births(const struct probes *probes, bool on);
uint64_t probes_uncounted_births(const struct probes *probes);

#endif
