/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the target, part of the preload library: what its heap holds, told when asked. */
#ifndef SOAK_OPS_HEAP_READER_H
#define SOAK_OPS_HEAP_READER_H

#include "collectors/ops/heap_page.h"

/*
 * Finds out by which functions the library that `allocator_malloc` belongs to tells. Before other
 * threads, and outside of all allocator calls: it may allocate.
 */
void heap_reader_open(struct heap_page *page, const void *allocator_malloc);

/* In a child after fork: it has not answered yet. */
void heap_reader_forked(void);

extern struct heap_page *heap_reader_page __attribute__((visibility("hidden")));
extern uint32_t heap_reader_answered __attribute__((visibility("hidden")));

static inline int heap_reader_is_asked(void)
{
	return __atomic_load_n(&heap_reader_page->asked, __ATOMIC_RELAXED) !=
	       __atomic_load_n(&heap_reader_answered, __ATOMIC_RELAXED);
}

/*
 * Where a call of malloc would be allowed: takes the locks that malloc takes. One thread answers,
 * others that come meanwhile go on.
 */
void heap_reader_answer(void);

#endif
