/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * --allocator-stats: asks the target for its heap statistics at an interval, and reports missing
 * ones. The statistics of an attached target are read from outside.
 */
#ifndef SOAK_RUN_HEAP_H
#define SOAK_RUN_HEAP_H

#include "collectors/heap_outside.h"
#include "collectors/heap_stats.h"

struct session;

struct heap {
	struct heap_page *page; /* NULL: nobody is asked */
	uint64_t due_ns;
	struct heap_stats_seen seen;
	struct heap_outside outside; /* of an attached target */
};

/* Before the target is let go, or adopted. 0, or a negative errno with session->error set. */
int heap_begin(struct session *session);

/* At a tick: fills the latest answers, and asks again if that is due. */
void heap_fill(struct session *session, struct sample *sample);

/* Records what the columns mean in this run, and warns about missing answers. */
void heap_end(struct session *session);

#endif
