/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the stacks that were seen at a place to its caller. Pure functions. */
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
	int caller;   /* index of the frame that is to blame; -1: unknown */
	bool several; /* stacks differ from there on: several callers */
	enum caller_certainty certainty;
};

/* What one stack tells: id and program are left empty. */
struct caller_place caller_place_examine(const struct unwind_stack *stack);

/* Another stack of a known place: what the two have in common is true of the place. */
void caller_place_merge(struct caller_place *seen, const struct caller_place *other);

/* Where, from the stack pointer, `now` first differs; 0: it does not, or nobody knows. */
uint32_t caller_place_parting(const struct caller_place *seen, const struct caller_place *now);

/* Is the call one of this allocator's? `path` is its library; libc's for glibc's. */
bool caller_place_is_of(const struct caller_place *place, const char *path);

#endif
