/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A model of the heap for the rules of retention: no memory, only how much of it is in use and how
 * much is retained, in granules, and what a rule makes of that. Beside it runs the optimum, which
 * knows when each level will be wanted again: it holds a level through a gap shorter than
 * PRICE_S, and purges it at the beginning of a longer one.
 */
#ifndef TESTS_RETAIN_HEAP_H
#define TESTS_RETAIN_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MIB 16 /* granules */
#define SECOND UINT64_C(1000000000)
#define MS UINT64_C(1000000)

/* The settings of hakmem's profile "balanced". */
#define KEEP (2 * MIB)
#define PERCENT 6
#define HOLD_MS 12000

/* To purge a granule and fault it in again costs as much as holding it for so long. */
#define PRICE_S (HOLD_MS / 1000.0 * 2 / 3)

struct heap;

/* What a rule returns is what committed has to come down to. NULL: the rule has no use for it. */
struct rule {
	const char *name;
	void (*init)(void *state);
	void (*use)(void *state, size_t in_use, size_t fresh, uint64_t now_ms);
	size_t (*free)(void *state, size_t in_use, size_t committed, uint64_t now_ms);
	size_t (*look)(void *state, size_t in_use, size_t committed, uint64_t now_ms);
	void (*purged)(void *state, size_t before, size_t after, uint64_t now_ms);
};

extern const struct rule rule_demand;   /* src/retain.c */
extern const struct rule rule_untaught; /* the same with learning switched off */
extern const struct rule rule_limit;    /* a fixed limit, and what a second did not need */
extern const struct rule rule_decay;    /* 10 s along a smootherstep curve, as jemalloc does */
extern const struct rule rule_forever;  /* nothing is purged */

struct figures {
	uint64_t purges, steady_purges;
	uint64_t regretted;   /* granules that were purged and wanted back within 12 s */
	double cost, optimum; /* granule-seconds retained, and PRICE_S for each granule purged */
	double held_only;     /* the part of the cost that is holding */
	size_t peak_in_use, peak_committed;
	double excess;      /* the most that committed was, of what was in use at most in 20 s */
	size_t after_drop;  /* retained when heap_dropped() was called */
	double forgotten_s; /* since heap_ended(), until no more is retained than may always be */
};

struct heap *heap_new(const struct rule *rule);

/* At this time, in nanoseconds, what is in use becomes `in_use`. */
void heap_set(struct heap *heap, uint64_t now_ns, size_t in_use);

/* Until then the program calls nothing. */
void heap_idle(struct heap *heap, uint64_t now_ns);

/* So much of what is retained does not fit what is taken: fragmentation. */
void heap_waste(struct heap *heap, size_t granules);

/* From now on each purge is one too many; not any more; demand is over, and what is retained is
 * expected to go; a drop has just ended. */
void heap_steady(struct heap *heap, bool steady);
void heap_ended(struct heap *heap);
void heap_dropped(struct heap *heap);

/* Ends it, and frees the heap. */
struct figures heap_end(struct heap *heap);

#endif
