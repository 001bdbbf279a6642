/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Prints the RSS of this process on standard output, for workloads about memory rather than speed.
 * Reading RSS does not call the allocator; printing it afterwards may.
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

/*
 * Gives back what lies beyond the first entries, but for the rest of a page; sets *count. `size` is
 * a power of two.
 */
void resident_shrink_table(void *table, uint64_t *count, uint64_t new_count, size_t size);

/* Prints `RSS after N s = X KiB [peak=Y KiB]`, N whole seconds since then. */
void resident_say(uint64_t since_ns);

#endif
