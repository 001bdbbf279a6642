/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the target, part of the preload library: a fault that is planted to see whether a gate
 * catches it. The variable says which:
 *
 *	SOAK_FAULT=leak:BYTES           so many bytes an hour are allocated, written and kept
 *	SOAK_FAULT=churn:PAIRS          so many pairs of mmap and munmap a second
 *	SOAK_FAULT=slow:PERCENT:SECONDS calls of the allocator take a share of the CPU time of the
 *	                                threads that make them; it rises evenly from 0 to PERCENT
 *
 * A leak and churn are of one process of the tree, the first that loads the library and lives; all
 * processes slow down. What was done stands in the ops page, for the observer to see.
 */
#ifndef SOAK_OPS_FAULT_H
#define SOAK_OPS_FAULT_H

#include <stdbool.h>

#include "collectors/ops/fault_account.h"
#include "collectors/ops/soakops.h"

/* Reads the variable. Does it ask for slow calls, and does an observer have the page? */
bool fault_read(struct soakops_page *page);

/* Plants it. Before other threads: it may start one. */
void fault_begin(void);

extern bool fault_slows __attribute__((visibility("hidden")));
void fault_slow(void);

/* Is due in each call of the allocator, outside of its locks. */
static inline void fault_pass(bool is_inside)
{
	if (fault_slows && !is_inside)
		fault_slow();
}

#endif
