/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How libsoakops.so, inside the target, sends sampled allocations to the observer: behind the ops
 * page, in the same file, if heap_page.sampling is set. docs/heap-sampling.md.
 *
 * Events are a bounded queue of many writers and one reader (D. Vyukov's, 1024cores.net): a slot
 * belongs to who finds its turn at the position that it takes. Stacks are blocks of a free list; an
 * event names its block, and the reader gives the block back. Whoever takes memory in here must
 * expect that the target writes anything anywhere.
 */
#ifndef SOAK_OPS_HEAP_RING_H
#define SOAK_OPS_HEAP_RING_H

#include "collectors/ops/heap_page.h"

#define HEAP_EVENTS 16384U /* a power of two */
#define HEAP_STACKS 512U
#define HEAP_STACK_WORDS 4096U
#define HEAP_REGISTERS 32U /* as CALLER_REGISTERS */

enum heap_event_kind {
	HEAP_STARTED, /* a program begins: what was sampled before in this process has gone */
	HEAP_FORKED,  /* a child begins with all that its parent holds */
	HEAP_ALLOCATED,
	HEAP_FREED
};

struct heap_event {
	uint64_t turn;  /* less the slot's index, so that a new file is all zeros */
	uint64_t owner; /* union heap_owner */
	uint64_t block; /* its address; HEAP_FORKED: the parent's owner */
	uint64_t size;  /* as requested */
	uint64_t held;  /* as the allocator rounded it up */
	uint64_t mean;  /* bytes between two samples when it was drawn */
	uint32_t kind;
	uint32_t stack; /* index + 1; 0: no block was free */
	uint64_t reserved;
};

struct heap_stack {
	uint64_t ip, known;                           /* a bit for each register that is set */
	unsigned long long registers[HEAP_REGISTERS]; /* in DWARF's order */
	uint32_t bytes;                               /* of words */
	uint32_t next_free;                           /* index + 1, or 0 */
	uint64_t reserved[13];
	unsigned long long words[HEAP_STACK_WORDS]; /* from the stack pointer upwards */
};

struct heap_ring {
	uint64_t mean, seed; /* set by the observer */
	uint64_t threads;    /* that drew samples so far: each is seeded with its number */
	uint64_t lost_samples, lost_frees, lost_stacks;
	uint64_t read; /* events that the observer has read */
	uint64_t reserved_1;
	uint64_t head; /* events that were sent */
	uint64_t reserved_2[7];
	uint64_t free_stacks; /* low half: index + 1 of the first; high half: a tag */
	uint32_t used_stacks; /* blocks below it have been used */
	uint32_t busy_stacks; /* that were taken and not given back */
	uint32_t reserved_3[12];
	struct heap_event event[HEAP_EVENTS];
	struct heap_stack stack[HEAP_STACKS];
};

SOAKOPS_ASSERT(sizeof(struct heap_event) == 64);
SOAKOPS_ASSERT(offsetof(struct heap_stack, words) == 384);

#define HEAP_RING_BYTES ((sizeof(struct heap_ring) + 4095) / 4096 * 4096)

/* Of a page whose file holds one. */
static inline struct heap_ring *heap_ring_of(const struct soakops_page *page)
{
	return (struct heap_ring *)((uintptr_t)page + SOAKOPS_BYTES);
}

static inline struct heap_stack *heap_ring_pop_stack(struct heap_ring *ring)
{
	uint64_t old = __atomic_load_n(&ring->free_stacks, __ATOMIC_ACQUIRE), top;

	while ((uint32_t)old && (uint32_t)old <= HEAP_STACKS) {
		struct heap_stack *stack = &ring->stack[(uint32_t)old - 1];

		top = ((old >> 32) + 1) << 32 |
		      __atomic_load_n(&stack->next_free, __ATOMIC_RELAXED);
		if (__atomic_compare_exchange_n(
			    &ring->free_stacks, &old, top, 0, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
			return stack;
	}
	return NULL;
}

/* A block for a stack, or NULL: a used one if there is, so that few pages are touched. */
static inline struct heap_stack *heap_ring_take_stack(struct heap_ring *ring)
{
	struct heap_stack *stack = heap_ring_pop_stack(ring);
	uint32_t used = __atomic_load_n(&ring->used_stacks, __ATOMIC_RELAXED);

	while (!stack && used < HEAP_STACKS)
		if (__atomic_compare_exchange_n(&ring->used_stacks, &used, used + 1, 0,
			    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			stack = &ring->stack[used];
	if (stack)
		__atomic_fetch_add(&ring->busy_stacks, 1, __ATOMIC_RELAXED);
	return stack;
}

static inline void heap_ring_give_stack(struct heap_ring *ring, struct heap_stack *stack)
{
	uint64_t old = __atomic_load_n(&ring->free_stacks, __ATOMIC_RELAXED), top;

	do {
		__atomic_store_n(&stack->next_free, (uint32_t)old, __ATOMIC_RELAXED);
		top = ((old >> 32) + 1) << 32 | (uint32_t)(stack - ring->stack + 1);
	} while (!__atomic_compare_exchange_n(
		&ring->free_stacks, &old, top, 0, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
	__atomic_fetch_sub(&ring->busy_stacks, 1, __ATOMIC_RELAXED);
}

/* False: there is no room. */
static inline int heap_ring_send(struct heap_ring *ring, const struct heap_event *event)
{
	uint64_t at = __atomic_load_n(&ring->head, __ATOMIC_RELAXED);

	for (;;) {
		uint64_t index = at % HEAP_EVENTS;
		struct heap_event *slot = &ring->event[index];
		uint64_t turn = __atomic_load_n(&slot->turn, __ATOMIC_ACQUIRE) + index;

		if (turn == at && __atomic_compare_exchange_n(&ring->head, &at, at + 1, 0,
					  __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
			slot->owner = event->owner;
			slot->block = event->block;
			slot->size = event->size;
			slot->held = event->held;
			slot->mean = event->mean;
			slot->kind = event->kind;
			slot->stack = event->stack;
			__atomic_store_n(&slot->turn, at + 1 - index, __ATOMIC_RELEASE);
			return 1;
		}
		if ((int64_t)(turn - at) < 0)
			return 0;
		at = __atomic_load_n(&ring->head, __ATOMIC_RELAXED);
	}
}

#endif
