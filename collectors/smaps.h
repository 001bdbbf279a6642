/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * smaps_rollup, the only source of LazyFree, AnonHugePages and PSS; read rarely. The kernel walks
 * all page tables for it and holds the target's mmap lock for reading meanwhile: 44 ms at 8 GB. So
 * the interval adapts to keep this below a thousandth of the time; it is never below a second.
 */
#ifndef SOAK_SMAPS_H
#define SOAK_SMAPS_H

#include <stdint.h>

#include "collectors/sample.h"
#include "collectors/tree.h"

/* Reading smaps may take up to this fraction of the time: mappings.c keeps to it, too. */
#define SMAPS_COST_TO_INTERVAL 1000

struct smaps {
	uint64_t due_ns; /* CLOCK_MONOTONIC; zeroed storage is a valid start */
};

/*
 * Fills pss, lazyfree, anon_huge and smaps_cost if they are due; otherwise leaves them alone.
 */
void smaps_fill(struct smaps *smaps, struct tree *tree, uint64_t now_ns, struct sample *sample);

#endif
