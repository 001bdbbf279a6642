/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of a session share: session.c sets it up and takes it down, loop.c turns it,
 * tick.c samples.
 */
#ifndef SOAK_SESSION_STATE_H
#define SOAK_SESSION_STATE_H

#include "collectors/callers.h"
#include "collectors/host.h"
#include "collectors/mappings.h"
#include "collectors/ops/page.h"
#include "collectors/perf_counters.h"
#include "collectors/probes.h"
#include "collectors/sample.h"
#include "collectors/smaps.h"
#include "collectors/tree.h"
#include "soak/record/recorder.h"
#include "soak/run/allocator.h"
#include "soak/run/clocks.h"
#include "soak/run/heap.h"
#include "soak/run/heap_sampling.h"
#include "soak/run/marks.h"
#include "soak/run/session.h"
#include "soak/run/target.h"

/* Bounds of how many more calls perf has counted than the probes. */
struct tick_lead {
	int64_t low[CHURN_SYSCALL_COUNT], high[CHURN_SYSCALL_COUNT];
};

/* Which allocator does the target run with, since the first process last executed? verify.c */
struct verify {
	bool open;         /* that is being found out */
	bool seen;         /* the one that was asked for, or the target's own, was found */
	bool behind;       /* in a process that the first one started */
	uint64_t since_ns; /* the first process is alone since then */
	struct text why;   /* the first process has it not and never will; empty: it may */
};

struct session {
	const struct session_options *options;
	struct session_result *result;
	struct text *error;

	struct allocator allocator;
	char counter_path[PATH_MAX]; /* libsoakops.so; empty unless it is preloaded */
	char preload[3 * PATH_MAX];  /* LD_PRELOAD=...; empty when nothing is preloaded */
	struct text no_counter;      /* why ops cannot be counted; empty when they can */
	enum ops_mode ops;           /* never OPS_AUTO */

	struct target *target;
	struct probes *probes;      /* NULL: not on this machine */
	struct perf_counters *perf; /* NULL likewise */
	struct tree *tree;
	struct callers *callers; /* NULL likewise */
	struct recorder *recorder;
	const struct soakops_page *page; /* NULL: no ops */
	int page_fd;
	uint64_t ops_base[SOAKOPS_KINDS]; /* counted before the run (attach) */
	struct marks marks;
	struct tick_lead lead;    /* of perf over the probes when both were armed (attach) */
	struct text cross_absent; /* why there is no cross-check, if that is known better here */
	uint64_t births_before; /* probes_uncounted_births() when all had their counters (attach) */
	size_t unsure_threads;  /* attach without probes: counted twice or not at all, perhaps */
	struct heap heap;       /* what the allocators themselves say that they hold */
	struct heap_sampling sampling;
	struct smaps smaps;
	struct mappings *mappings;
	struct host host;
	struct clocks clocks;
	int64_t self_cpu_base_ns;

	int epoll_fd, timer_fd, signal_fd;
	uint64_t start_ns; /* CLOCK_MONOTONIC: the barrier opened */
	uint64_t ticks;    /* that the timer has counted */
	uint64_t missed;
	int64_t most_threads; /* of all samples */
	uint64_t skipped;     /* probes, by the kernel, as of the last second */
	uint64_t now_ns;      /* of the sample that is being taken */
	bool last_sample;     /* observation ends with it */
	uint64_t second_ns;   /* when the once-a-second work is due */
	uint64_t end_ns;      /* observation ended; 0 while it goes on */
	struct text end_reason;
	uint64_t kill_ns; /* SIGKILL is due */
	bool guardian_gone;
	bool stopped_by_us; /* something of the target was alive when observation ended */
	unsigned int execs_listed;
	size_t places; /* of callers, that are in the file */
	struct verify verify;
	bool watches_library; /* the allocator has counters of its own, and the probes know it */
	int broken;           /* what session_run() shall return although the run was recorded */

	struct runaway runaway;
	struct sample last, window; /* for the status line */
	double last_ops_per_s, last_faults_per_s;
	struct sample second; /* as of the last status */
};

/* loop.c: runs until the target has ended. 0, or a negative errno with session->error set. */
int session_loop(struct session *session);

/*
 * Ends the observation: what comes after is the target's shutdown. Idempotent; the first reason
 * counts.
 */
void session_end(struct session *session, const char *reason, ...)
	__attribute__((format(printf, 2, 3)));

void session_warn(struct session *session, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same, of a source that is absent. */
void session_warn_absent(struct session *session, enum session_warning kind, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/* loop.c: the allocator's library is known now: has it counters? */
void session_watch_library(struct session *session);

/* verify.c: the first process executes; every now and then; at the end: true with the error set. */
void verify_executed(struct session *session);
void verify_look(struct session *session);
bool verify_failed(struct session *session);

/* adopt.c: both return 0, or a negative errno with session->error set. */
int adopt_process(struct session *session, pid_t pid);
int adopt_running(struct session *session);

/* tick.c */
void tick_sample(struct session *session, uint64_t due_ns);
bool tick_second(struct session *session, uint64_t now_ns); /* was one over? */
/* Write what the counters of a process, or of all, have gained; `last`: for the last time. */
void tick_calls(struct session *session, struct process *process, bool last, uint64_t now_ns);
void tick_all_calls(struct session *session, bool last, uint64_t now_ns);
void tick_crosscheck(struct session *session);
void tick_crosscheck_begin(struct session *session); /* of a target that already runs */
void tick_crosscheck_end(struct session *session);

/* sources.c: the first before the target runs; 0, or a negative errno with session->error set. */
int sources_begin(struct session *session);
void sources_fill(struct session *session, struct sample *sample); /* as of session->now_ns */
void sources_end(struct session *session); /* says what there is to say of each */

/* facts.c */
void facts_begin(struct session *session);
void facts_end(struct session *session);

#endif
