/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Part of the preload library, inside the target: reports heap statistics when asked. */
#ifndef SOAK_OPS_HEAP_READER_H
#define SOAK_OPS_HEAP_READER_H

#include "collectors/ops/heap_page.h"

/*
 * Finds the statistics functions of the library that `allocator_malloc` belongs to. Call it before
 * other threads start and outside of all allocator calls, because it may allocate.
 */
void heap_reader_open(struct heap_page *page, const void *allocator_malloc);

/* Call in a child after fork: the child has not answered yet. */
void heap_reader_forked(void);

extern struct heap_page *heap_reader_page __attribute__((visibility("hidden")));
extern uint32_t heap_reader_answered __attribute__((visibility("hidden")));

static inline int heap_reader_is_asked(void)
{
	return __atomic_load_n(&heap_reader_page->asked, __ATOMIC_RELAXED) !=
	       __atomic_load_n(&heap_reader_answered, __ATOMIC_RELAXED);
}

/*
 * Answers. Call it only where malloc may be called: it takes the locks that malloc takes. One
 * thread answers; others that call meanwhile return at once.
 */
void heap_reader_answer(void);

#endif
