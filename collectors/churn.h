/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names and sums over the counters that bpf/churn.bpf.c keeps. Pure functions; no state. */
#ifndef SOAK_CHURN_H
#define SOAK_CHURN_H

#include "bpf/churn.h"
#include "collectors/sample.h"

const char *churn_syscall_name(enum churn_syscall call); /* "mmap" */
const char *churn_kind_name(enum churn_kind kind);       /* "anon" */
enum churn_syscall churn_kind_syscall(enum churn_kind kind);
const char *churn_errno_name(enum churn_errno class); /* "ENOMEM"; "other" */

/* sum += part, field by field. `part` may be changing meanwhile: each field is read once. */
void churn_add(struct churn_counts *sum, const struct churn_counts *part);

uint64_t churn_calls(const struct churn_counts *counts, enum churn_syscall call);

/* Fills the metrics mmap ... process_madvise, churn_ns and churn_errors. */
void churn_fill(const struct churn_counts *counts, struct sample *sample);

#endif
