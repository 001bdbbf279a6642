/* SPDX-License-Identifier: MIT */
/*
 * hakmem: a general-purpose malloc. Preload libhakmem.so, or link libhakmem.a, and malloc(), free()
 * and their relatives, operator new and delete among them, are this allocator's. They behave as
 * glibc's do; nothing else needs to be called.
 *
 * What this header adds is a way to look in: one exported structure of counters. Any thread may
 * read it at any time, and so may another process, with process_vm_readv() at the address of the
 * symbol `hak_counters`, while the program runs: each field is a word that is only ever stored
 * whole. No lock is needed or taken. Two fields read one after the other may differ by what
 * happened in between.
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
 * The calls are this process's own: a forked child starts from 0. A call is counted whether or not
 * the kernel granted it, before it is made. All calls of the allocator are among them except
 * futex(), write() of messages, and _exit().
 */
struct hak_counters {
	uint32_t version; /* HAK_COUNTERS_VERSION */
	uint32_t size;    /* sizeof(struct hak_counters) of the library */

	/* The kernel's part. Exact, always. The first seven are the line [SS_OS_STATS]. */
	uint64_t alloc;            /* SuperSlabs obtained from the kernel */
	uint64_t free;             /* munmap() calls */
	uint64_t madvise;          /* madvise() calls */
	uint64_t madvise_disabled; /* 1 while nothing is purged: the kernel refused several times */
	uint64_t mmap_total;       /* mmap() calls of all kinds */
	uint64_t fallback_mmap;    /* those of them made as the place asked for was not to be had */
	uint64_t huge_alloc;       /* SuperSlabs that were made of huge pages */
	uint64_t mremap;           /* mremap() calls */

	/* What is held. Updated where thread caches are filled and emptied, not with each call. */
	uint64_t in_use_bytes;    /* in blocks given out, those in thread caches included */
	uint64_t committed_bytes; /* that may be resident: blocks, kept free memory, headers */
	uint64_t retained_bytes;  /* the part of it that is free and kept for reuse */
	uint64_t in_use_peak;     /* the recent peak of in_use_bytes; it decays */
	uint64_t superslabs;      /* SuperSlabs mapped now */
	uint64_t huge_blocks;     /* blocks of more than 2 MiB, now */
	uint64_t threads;         /* threads that have a cache, now */
	uint64_t purges;          /* times that free memory was given back */
	uint64_t purged_bytes;    /* how much, in all */
	uint64_t regretted_bytes; /* of that, what was wanted back within a second */
	uint64_t refaulted_bytes; /* and what was wanted back within 16 s: faulted in again */
	uint64_t retained_peak;   /* the most that retained_bytes ever was */

	/*
	 * Of in_use_bytes, what is in thread caches: as each was when the clock was last looked at,
	 * which happens each 100 ms at a visit to the slow paths, and sees 64 caches at a time; as
	 * they are now after malloc_stats(), malloc_info() and malloc_trim(). What the fast paths
	 * did since is less than what the bins hold.
	 */
	uint64_t cached_bytes;
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
