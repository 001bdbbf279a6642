/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How much of this process is resident, said on standard output, for the workloads that are about
 * memory rather than speed. The look itself calls no allocator; the printing may, after it.
 */
#ifndef SOAK_WORKLOAD_RESIDENT_H
#define SOAK_WORKLOAD_RESIDENT_H

#include <stddef.h>
#include <stdint.h>

struct resident {
	uint64_t now_kib;  /* of /proc/self/smaps_rollup: exact */
	uint64_t peak_kib; /* VmHWM: exact to some dozen pages for each CPU */
};

struct resident resident_look(void);

/* Zeroed memory that is not of the allocator under test; give it back before looking. */
void *resident_table(uint64_t count, size_t size);
void resident_free_table(void *table, uint64_t count, size_t size);

/* Sleeps, less if told to stop, then prints `RSS after N s = X KiB [peak=Y KiB]`. */
void resident_after(uint64_t seconds);

#endif
