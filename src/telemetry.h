/* SPDX-License-Identifier: MIT */
/*
 * Telemetry that costs time whenever it counts. So it must be compiled in: each group has a gate, 0
 * by default. `make OBSERVE=1` builds libhakmem-observe.so with all gates 1; that library prints
 * the table at exit.
 *
 * A statement behind a closed gate compiles to nothing; its arguments are not evaluated.
 */
#ifndef SRC_TELEMETRY_H
#define SRC_TELEMETRY_H

#include <stdint.h>

/* Cache misses by class, batches from the stock, lock waits, blocks carved from slabs. */
#ifndef HAKMEM_TINY_CLASS_STATS_COMPILED
#define HAKMEM_TINY_CLASS_STATS_COMPILED 0
#endif
/* Blocks that went back to a slab, and slabs that became empty as a result. */
#ifndef HAKMEM_TINY_FREE_STATS_COMPILED
#define HAKMEM_TINY_FREE_STATS_COMPILED 0
#endif
/* free() of blocks of class 7, 112 bytes. */
#ifndef HAKMEM_TINY_C7_FREE_COUNT_COMPILED
#define HAKMEM_TINY_C7_FREE_COUNT_COMPILED 0
#endif
/* Blocks that came to free() with the mark of a free one but were not free: logs each. */
#ifndef HAKMEM_TINY_HDR_MISMATCH_LOG_COMPILED
#define HAKMEM_TINY_HDR_MISMATCH_LOG_COMPILED 0
#endif
/* The granule map and a SuperSlab's header disagree about a slab's class. */
#ifndef HAKMEM_TINY_HDR_META_MISMATCH_COMPILED
#define HAKMEM_TINY_HDR_META_MISMATCH_COMPILED 0
#endif
/* A class beyond the last one reached a depot. */
#ifndef HAKMEM_TINY_METRIC_BAD_CLASS_COMPILED
#define HAKMEM_TINY_METRIC_BAD_CLASS_COMPILED 0
#endif
/* malloc() and free() that the thread cache answered. */
#ifndef HAKMEM_TINY_HDR_META_FAST_COMPILED
#define HAKMEM_TINY_HDR_META_FAST_COMPILED 0
#endif

#define HK_TELEMETRY                                                                               \
	(HAKMEM_TINY_CLASS_STATS_COMPILED || HAKMEM_TINY_FREE_STATS_COMPILED ||                    \
		HAKMEM_TINY_C7_FREE_COUNT_COMPILED || HAKMEM_TINY_HDR_MISMATCH_LOG_COMPILED ||     \
		HAKMEM_TINY_HDR_META_MISMATCH_COMPILED || HAKMEM_TINY_METRIC_BAD_CLASS_COMPILED || \
		HAKMEM_TINY_HDR_META_FAST_COMPILED)

#if HK_TELEMETRY
struct hk_telemetry {
	uint64_t misses[128], stock_hits, lock_waits, carves;
	uint64_t slab_frees, slabs_emptied;
	uint64_t class7_frees;
	uint64_t mark_mismatches;
	uint64_t meta_mismatches;
	uint64_t bad_classes;
	uint64_t fast_mallocs, fast_frees;
};
extern struct hk_telemetry hk_telemetry;

/* The table, on stderr. */
void hk_telemetry_print(void);

#define HK_TELEMETRY_ADD(field, n) __atomic_fetch_add(&hk_telemetry.field, n, __ATOMIC_RELAXED)
#else
#define hk_telemetry_print() ((void)0)
#endif

#if HAKMEM_TINY_CLASS_STATS_COMPILED
#define HK_CLASS_STAT(field, n) HK_TELEMETRY_ADD(field, n)
#else
#define HK_CLASS_STAT(field, n) ((void)0)
#endif
#if HAKMEM_TINY_FREE_STATS_COMPILED
#define HK_FREE_STAT(field, n) HK_TELEMETRY_ADD(field, n)
#else
#define HK_FREE_STAT(field, n) ((void)0)
#endif
#if HAKMEM_TINY_C7_FREE_COUNT_COMPILED
#define HK_C7_FREE(class) ((class) == 7 ? (void)HK_TELEMETRY_ADD(class7_frees, 1) : (void)0)
#else
#define HK_C7_FREE(class) ((void)0)
#endif
#if HAKMEM_TINY_HDR_MISMATCH_LOG_COMPILED
void hk_telemetry_log_mismatch(const void *p);
#define HK_MARK_MISMATCH(p) hk_telemetry_log_mismatch(p)
#else
#define HK_MARK_MISMATCH(p) ((void)0)
#endif
#if HAKMEM_TINY_HDR_META_MISMATCH_COMPILED
#define HK_META_MISMATCH(differ) ((differ) ? (void)HK_TELEMETRY_ADD(meta_mismatches, 1) : (void)0)
#else
#define HK_META_MISMATCH(differ) ((void)0)
#endif
#if HAKMEM_TINY_METRIC_BAD_CLASS_COMPILED
#define HK_BAD_CLASS(bad) ((bad) ? (void)HK_TELEMETRY_ADD(bad_classes, 1) : (void)0)
#else
#define HK_BAD_CLASS(bad) ((void)0)
#endif
#if HAKMEM_TINY_HDR_META_FAST_COMPILED
#define HK_FAST(field) HK_TELEMETRY_ADD(field, 1)
#else
#define HK_FAST(field) ((void)0)
#endif

#endif
