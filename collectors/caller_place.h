/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the caller of a place from the stacks that were seen there. Pure functions. */
#ifndef SOAK_CALLER_PLACE_H
#define SOAK_CALLER_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/unwind.h"

enum caller_certainty {
	CALLER_EXACT,     /* by call frame information alone */
	CALLER_HEURISTIC, /* a frame pointer or a word on the stack had to be trusted */
	CALLER_UNKNOWN    /* no frame outside libc was found */
};

struct caller_place {
	uint32_t id;
	char program[16];                         /* comm of the first process seen there */
	struct unwind_frame frame[UNWIND_FRAMES]; /* innermost first; common to all stacks seen */
	size_t frames;
	int caller;   /* index of the caller's frame; -1: unknown */
	bool several; /* stacks differ beyond the named frames: several callers */
	enum caller_certainty certainty;
};

/* Examines one stack. id and program are left empty. */
struct caller_place caller_place_examine(const struct unwind_stack *stack);

/* Merges another stack of a known place: only frames that both have remain. */
void caller_place_merge(struct caller_place *seen, const struct caller_place *other);

/* Distance from the stack pointer to where `now` first differs; 0: nowhere, or unknown. */
uint32_t caller_place_parting(const struct caller_place *seen, const struct caller_place *now);

/* Is this frame outside libc, loader, counting library, allocator and language runtime? */
bool caller_place_is_own(const struct unwind_frame *frame);

/* Did this allocator make the call? `path` is its library; for glibc's malloc, libc. */
bool caller_place_is_of(const struct caller_place *place, const char *path);

#endif
