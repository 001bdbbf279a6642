/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Part of the preload library: what the program's calls go through if an observer asks what the
 * heap holds (heap_reader.h). The library's other paths are as they were: a program that nobody
 * asks pays nothing.
 */
#ifndef SOAK_OPS_WATCHED_H
#define SOAK_OPS_WATCHED_H

#include <stdbool.h>

#include "collectors/ops/either_libc.h"
#include "collectors/ops/heap_reader.h"
#include "collectors/ops/soakops.h"

extern bool is_watched __attribute__((visibility("hidden")));

/*
 * This thread is in a call of the allocator's. What comes meanwhile comes from below it, as when
 * jemalloc creates a thread of its own, and the allocator may hold locks that malloc does not take.
 */
extern __thread bool watched_is_inside
	__attribute__((visibility("hidden"), tls_model("initial-exec")));

void watched_answer(void) __attribute__((visibility("hidden"), cold));

static inline bool watched_enter(void)
{
	bool was_inside = watched_is_inside;

	if (!__builtin_expect(was_inside || !heap_reader_is_asked(), 1))
		watched_answer();
	watched_is_inside = true;
	return was_inside;
}

static inline void watched_leave(const bool *was_inside)
{
	watched_is_inside = *was_inside;
}

/* operator new may leave by an exception. */
#define INSIDE bool was_inside __attribute__((cleanup(watched_leave), unused)) = watched_enter()
#define WATCHED(name, parameters, call)                                                            \
	static void *name parameters                                                               \
	{                                                                                          \
		INSIDE;                                                                            \
		return call;                                                                       \
	}

/* From now on `next` leads here, and from here to what it led to before. */
void watched_begin(struct soakops_page *page, struct next_allocator *next)
	__attribute__((visibility("hidden")));

#endif
