/* SPDX-License-Identifier: MIT */
/*
 * Where the heap's memory is, for malloc_stats() and malloc_info(). The parts are disjoint and add
 * up to the mapped bytes.
 */
#ifndef SRC_STATISTICS_H
#define SRC_STATISTICS_H

#include "src/text.h"

#include <stdbool.h>
#include <stdint.h>

/* All in bytes. */
struct hk_statistics {
	uint64_t used;      /* in blocks that the program holds, by usable size */
	uint64_t cached;    /* in thread caches */
	uint64_t stocked;   /* in depots, on the way from one thread to another */
	uint64_t slab_free; /* free in slabs, without pages that were given back */
	uint64_t metadata;  /* headers of slabs, descriptors of SuperSlabs */
	uint64_t retained;  /* free, and kept for reuse */
	uint64_t committed; /* the sum of all of these */
	uint64_t returned;  /* without memory behind it: given back, or never touched */
	uint64_t mapped;    /* committed + returned */
	uint64_t huge; /* part of mapped: huge pages that hakmem made and has not split since */
};

/* Takes all locks of the heap. Other threads' fast paths still move bytes from used to cached. */
void hk_statistics_get(struct hk_statistics *ret_statistics);

/* Line `n` of malloc_stats(), or of malloc_info(). False: there are no more. */
bool hk_statistics_line(const struct hk_statistics *statistics, unsigned n, struct hk_text *text);
bool hk_statistics_xml(const struct hk_statistics *statistics, unsigned n, struct hk_text *text);

#endif
