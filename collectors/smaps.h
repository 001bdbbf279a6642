/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * smaps_rollup, rarely: the only source of LazyFree, AnonHugePages and PSS. The kernel walks all
 * page tables for it with the target's mmap lock held for reading, 44 ms at 8 GB, so the interval
 * adapts to keep that below a thousandth of the time (and is never shorter than a second).
 */
#ifndef SOAK_SMAPS_H
#define SOAK_SMAPS_H

#include <stdint.h>

#include "collectors/sample.h"
#include "collectors/tree.h"

struct smaps {
	uint64_t due_ns; /* CLOCK_MONOTONIC; zeroed storage is a valid start */
};

/*
 * Fills pss, lazyfree, anon_huge and smaps_cost if their time has come; leaves them alone
 * otherwise.
 */
void smaps_fill(struct smaps *smaps, struct tree *tree, uint64_t now_ns, struct sample *sample);

#endif
