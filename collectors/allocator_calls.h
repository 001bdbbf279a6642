/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An allocator that exports counters, as hakmem does: its library, its own count of calls beside
 * the probes' count, and its own figures of memory.
 *
 * Only the layout of the structure is used (bpf/allocator.h); the allocator is not linked.
 */
#ifndef SOAK_ALLOCATOR_CALLS_H
#define SOAK_ALLOCATOR_CALLS_H

#include <stdbool.h>

#include "bpf/allocator.h"
#include "collectors/sample.h"
#include "collectors/tree.h"

/*
 * Reads a shared library. Returns 0; -ENOENT if it exports no `hak_counters`, or has no system call
 * instruction of its own; -E2BIG if too many of them have the same offset in their pages; or
 * another negative errno.
 */
int allocator_calls_library(const char *path, struct allocator_library *library);

/* The allocator's own count while the process was observed; kernel[call] is the probes' count. */
uint64_t allocator_calls_own(const struct allocator_calls *calls, enum churn_syscall call);

/*
 * Copies the counters of a process that may be counting: calls under way make the two counts
 * differ, so it is done again until they agree, at most so often.
 */
void allocator_calls_copy(const struct allocator_calls *live, struct allocator_calls *ret_calls);

/* Fills allocator_in_use_bytes and those after it, read from the live processes. */
void allocator_calls_fill(struct tree *tree, struct sample *sample);

#endif
