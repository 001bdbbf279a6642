/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the probes' life cycle share: probes_load.c loads, probes_attach.c
 * attaches, probes.c holds it together. */
#ifndef SOAK_PROBES_STATE_H
#define SOAK_PROBES_STATE_H

#include <bpf/libbpf.h>

#include "collectors/probes.h"
#include "observer.skel.h"
#include "soak/words/text.h"

#define LINKS 40
/* At once: most runs have fewer. So many of any struct fill whole pages, of up to 64 KiB. */
#define SITES_MAPPED 8192

struct probes {
	struct observer_bpf *skeleton;
	struct process_slot *slots;
	struct caller_site *sites[CALLER_SITES / SITES_MAPPED]; /* NULL: not mapped yet */
	struct bpf_link **links; /* room for LINKS, and one for each CPU */
	size_t nlinks;
	struct bpf_link *mark_link;
	int cpus; /* that there may be */
	struct text note;
	const char *absent[PROBE_FEATURE_COUNT]; /* why; NULL: it is there */
	bool sees_exec_begin;                    /* the kernel has sched_prepare_exec */
	bool has_registers;                      /* the kernel has bpf_task_pt_regs */
	bool memory_by_iterator;                 /* memory_task, where memory_read does not load */
	bool allocates;                          /* a probe may allocate an element of a hash map */
	bool may_be_preempted;                   /* it has to be tried whether probes can be */
	bool sees_requests;                      /* it has io_uring_submit_req, ... */
	bool sees_entries;  /* ... or io_uring_submit_sqe with the same argument, ... */
	int ring_opcode_at; /* ... or with the operation as this argument */
	bool at_functions;  /* churn calls are seen at the kernel's functions, not at tracepoints */
};

enum probe_feature probes_feature_of(const struct bpf_program *program);

/* The first reason, a static text, stands. */
void probes_set_absent(struct probes *probes, enum probe_feature feature, const char *why);

/* Loads what this kernel can do. Returns 0, or a negative errno with one line in `error`. */
int probes_load(struct probes *probes, const struct probes_options *options, struct text *error);

/* Attaches what was loaded. Returns 0, or a negative errno with one line in `error`. */
int probes_attach(struct probes *probes, struct text *error);

#endif
