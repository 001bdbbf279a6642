/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which mappings hold the target's memory: /proc/PID/smaps, added up by process, kind and name.
 *
 * The kernel walks all page tables for it, and each mapping takes some 4 us. So the interval
 * adapts, as that of smaps_rollup does (smaps.h), and grows with the time since the
 * first reading: a run of an hour has some 180 readings, one of three days some 400.
 */
#ifndef SOAK_MAPPINGS_H
#define SOAK_MAPPINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/sample.h"
#include "collectors/tree.h"

enum mapping_kind {
	MAPPING_ANON,   /* name: that of PR_SET_VMA_ANON_NAME, or empty */
	MAPPING_HEAP,   /* brk */
	MAPPING_STACK,  /* of the first thread; of others, told by the guard page below each */
	MAPPING_FILE,   /* name: the path */
	MAPPING_SHARED, /* name: that of the memfd or segment; /dev/zero: shared and anonymous */
	MAPPING_KERNEL, /* [vdso] and the like */
	MAPPING_KINDS
};

const char *mapping_kind_name(enum mapping_kind kind); /* "anonymous" */

/* What is added up: the field's name in the run file, and the key in smaps. */
#define MAPPING_FIGURES(X)                                                                         \
	X(size, "Size")                                                                            \
	X(rss, "Rss")                                                                              \
	X(pss, "Pss")                                                                              \
	X(anon, "Anonymous")                                                                       \
	X(swap, "Swap")                                                                            \
	X(huge, "AnonHugePages")                                                                   \
	X(lazyfree, "LazyFree")

enum mapping_figure {
#define X(name, key) MAPPING_##name,
	MAPPING_FIGURES(X)
#undef X
		MAPPING_FIGURE_COUNT
};

struct mapping_group {
	uint32_t process; /* processes.id; 0: of several, beyond what can be told apart */
	enum mapping_kind kind;
	const char *name; /* the table's */
	int64_t count;    /* of mappings */
	int64_t bytes[MAPPING_FIGURE_COUNT];
};

/* Groups beyond these are added up by kind, as "others" of process 0. */
#define MAPPING_GROUPS_MAX 500

struct mappings;

typedef void mapping_fn(void *context, const struct mapping_group *group);

/* Returns NULL when memory is short. */
struct mappings *mappings_new(void);
void mappings_free(struct mappings *mappings); /* accepts NULL */

bool mappings_due(const struct mappings *mappings, uint64_t now_ns);

/*
 * Reads them, calls `changed` for each group that is not as it was at the reading before (all of
 * zeros: it has gone), fills mappings_cost_ns, and sets when it is due again. A process that ends
 * meanwhile, or may not be read, has no mappings. Returns 0 or -ENOMEM.
 */
int mappings_read(struct mappings *mappings, struct tree *tree, uint64_t now_ns,
	mapping_fn *changed, void *context, struct sample *sample);

#endif
