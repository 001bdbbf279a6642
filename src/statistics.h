/* SPDX-License-Identifier: MIT */
/*
 * Where the heap's memory is: what malloc_stats() and malloc_info() print. The parts are disjoint,
 * and add up to what is mapped.
 */
#ifndef SRC_STATISTICS_H
#define SRC_STATISTICS_H

#include "src/text.h"

#include <stdbool.h>
#include <stdint.h>

/* All in bytes. */
struct hk_statistics {
	uint64_t used;      /* in blocks that the program has, by their usable size */
	uint64_t cached;    /* in thread caches */
	uint64_t stocked;   /* in depots, on the way from one thread to another */
	uint64_t slab_free; /* in slabs, beside blocks; pages that were given back apart */
	uint64_t metadata;  /* headers of slabs, descriptors of SuperSlabs */
	uint64_t retained;  /* free, and kept for reuse */
	uint64_t committed; /* all of these */
	uint64_t returned;  /* has no memory behind it: given back, or never touched */
	uint64_t mapped;    /* both */
	uint64_t huge; /* of what is mapped, made of huge pages and not split by hakmem since */
};

/* Takes all locks of the heap. Each other thread's fast paths go on between used and cached. */
void hk_statistics_get(struct hk_statistics *ret_statistics);

/* Line `n` of malloc_stats(), or of malloc_info(). False: there are no more. */
bool hk_statistics_line(const struct hk_statistics *statistics, unsigned n, struct hk_text *text);
bool hk_statistics_xml(const struct hk_statistics *statistics, unsigned n, struct hk_text *text);

#endif
