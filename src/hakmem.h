/* SPDX-License-Identifier: MIT */
/*
 * hakmem: a general-purpose malloc. Preload libhakmem.so, or link libhakmem.a, and malloc(), free()
 * and their relatives, operator new and delete among them, are this allocator's. They behave as
 * glibc's do; nothing else needs to be called.
 *
 * This header adds one exported structure of counters. Any thread may read it at any time. So may
 * another process while the program runs, with process_vm_readv() at the address of the symbol
 * `hak_counters`. Each field is one word and is always stored whole, so no lock is needed or taken.
 * If two fields are read one after the other, calls in between may have changed the second one.
 */
#ifndef HAKMEM_H
#define HAKMEM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HAK_COUNTERS_VERSION 1u

/*
 * Fields are only ever added at the end; `size` tells a reader how many of them there are.
 * `version` changes when a field changes its meaning or its place.
 *
 * The counts of calls are this process's own: a forked child starts from 0. Each call is counted
 * before it is made, whether or not the kernel grants it. All system calls of the allocator are
 * counted except futex(), write() of messages, _exit(), and those of the start that look at the
 * machine or name memory.
 */
struct hak_counters {
	uint32_t version; /* HAK_COUNTERS_VERSION */
	uint32_t size;    /* sizeof(struct hak_counters) of the library */

	/* System calls. Always exact. The first seven are the line [SS_OS_STATS]. */
	uint64_t alloc;            /* SuperSlabs obtained from the kernel */
	uint64_t free;             /* munmap() calls */
	uint64_t madvise;          /* madvise() calls */
	uint64_t madvise_disabled; /* 1 while nothing is purged: the kernel refused several times */
	uint64_t mmap_total;       /* mmap() calls of all kinds */
	uint64_t fallback_mmap;    /* mmap() calls made because the requested place was taken */
	uint64_t huge_alloc;       /* SuperSlabs that were made of huge pages */
	uint64_t mremap;           /* mremap() calls */

	/* Memory. Updated when thread caches are filled or emptied, not with each call. */
	uint64_t in_use_bytes;    /* in blocks given out, including those in thread caches */
	uint64_t committed_bytes; /* may be resident: blocks, retained memory, headers */
	uint64_t retained_bytes;  /* the part of committed_bytes that is free, kept for reuse */
	uint64_t in_use_peak;     /* recent peak of in_use_bytes; decays */
	uint64_t superslabs;      /* SuperSlabs mapped now */
	uint64_t huge_blocks;     /* blocks of more than 2 MiB, now */
	uint64_t threads;         /* threads that have a cache, now */
	uint64_t purges;          /* times that free memory was given back */
	uint64_t purged_bytes;    /* bytes given back, in all */
	uint64_t regretted_bytes; /* purged bytes that were wanted back within a second */
	uint64_t refaulted_bytes; /* wanted back within 16 s, and so faulted in again */
	uint64_t retained_peak;   /* highest retained_bytes so far */

	/*
	 * The part of in_use_bytes that is in thread caches, as of the last look at the clock. A
	 * look happens every 100 ms, if a thread visits the slow paths, and examines 64 caches.
	 * After malloc_stats(), malloc_info() and malloc_trim() the figure is up to date. What the
	 * fast paths did since the look is missing: at most what the bins hold.
	 */
	uint64_t cached_bytes;

	uint64_t mprotect; /* mprotect() calls: what was settled at the start becomes read-only */
};

/* Owned by the library, read-only for everybody else. */
#ifndef HAK_COUNTERS_QUALIFIERS
#define HAK_COUNTERS_QUALIFIERS const volatile
#endif
extern HAK_COUNTERS_QUALIFIERS struct hak_counters hak_counters;

#ifdef __cplusplus
}
#endif

#endif
