/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who allocates: each distinct call stack of the sampled allocations is a site. Sites and the
 * frames that they consist of are numbered from 1 in order of appearance; site 0 stands for all
 * further ones once there are HEAP_SITES_MAX. Not thread-safe.
 */
#ifndef SOAK_HEAP_SITES_H
#define SOAK_HEAP_SITES_H

#include <stddef.h>
#include <stdint.h>

#include "collectors/heap_live.h"
#include "collectors/unwind.h"

#define HEAP_SITES_MAX 20000

struct heap_frame {
	const struct code_file *file; /* NULL: in none that is known */
	uint64_t address;             /* of the call, in the file's own addresses */
};

struct heap_site {
	const uint32_t *frames; /* their numbers, innermost first: the call of malloc */
	size_t count;
	enum unwind_end end;
	struct heap_weight live;      /* that is held */
	struct heap_weight allocated; /* since the beginning */
	/* For who writes it down: */
	int64_t written_bytes, written_allocated;
};

struct heap_sites;

struct heap_sites *heap_sites_new(void); /* NULL when memory is short */
void heap_sites_free(struct heap_sites *sites);

/* The number of the site with this stack. 0 also when memory is short. */
uint32_t heap_sites_find(struct heap_sites *sites, const struct heap_frame *frames, size_t count,
	enum unwind_end end);

size_t heap_sites_count(const struct heap_sites *sites); /* the numbers are below it */
struct heap_site *heap_sites_at(struct heap_sites *sites, uint32_t number);

size_t heap_sites_frames(const struct heap_sites *sites); /* the numbers are below it, from 1 */
const struct heap_frame *heap_sites_frame(const struct heap_sites *sites, uint32_t number);

#endif
