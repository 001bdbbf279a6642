/* SPDX-License-Identifier: MIT */
/*
 * hak_counters for the allocator, which writes it. Each counter is a word that changes by one
 * relaxed atomic operation, but never in a malloc() or free() that the thread's cache answers.
 */
#ifndef SRC_COUNTERS_H
#define SRC_COUNTERS_H

#define HAK_COUNTERS_QUALIFIERS
#include "src/hakmem.h"

static inline void hk_count(uint64_t *counter, uint64_t by)
{
	__atomic_fetch_add(counter, by, __ATOMIC_RELAXED);
}

static inline void hk_uncount(uint64_t *counter, uint64_t by)
{
	__atomic_fetch_sub(counter, by, __ATOMIC_RELAXED);
}

static inline uint64_t hk_counter(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static inline void hk_counter_set(uint64_t *counter, uint64_t value)
{
	__atomic_store_n(counter, value, __ATOMIC_RELAXED);
}

/* In a forked child: sets the counts of calls to 0; the figures of memory are inherited. */
void hk_counters_forget_calls(void);

/* Writes the [SS_OS_STATS] line to stderr. */
void hk_counters_print(void);

#endif
