/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the heaps of processes that run already hold, read from their memory without asking them:
 * nothing of ours is in them. docs/allocator-stats.md says what can be read, and what cannot.
 */
#ifndef SOAK_HEAP_OUTSIDE_H
#define SOAK_HEAP_OUTSIDE_H

#include <limits.h>
#include <stddef.h>

#include "collectors/sample.h"
#include "collectors/tree.h"
#include "soak/words/text.h"

#define HEAP_OUTSIDE_CACHED 64

/* Where the library lies in a process; 0: nowhere. */
struct heap_outside_base {
	pid_t pid;
	uint64_t image_ns, base;
};

struct heap_outside {
	char library[PATH_MAX]; /* empty: closed */
	const char *meaning;    /* of the columns */
	int kind;
	uint64_t address[2], offset[3]; /* of what is read; see heap_outside.c */
	struct heap_outside_base cache[HEAP_OUTSIDE_CACHED];
	int64_t committed_bytes; /* as read last, of all processes; SAMPLE_NONE: of none */
	pid_t untold;            /* a process that has no such library; 0: none */
};

/*
 * Learns from a library's debug information where it keeps its account. `name` as
 * allocator_detect() has it. Returns 0, or a negative errno with one line in `error` that says what
 * is missing and what to do.
 */
int heap_outside_open(
	struct heap_outside *heap, const char *name, const char *library, struct text *error);

/* Reads it in all live processes. */
void heap_outside_read(struct heap_outside *heap, struct tree *tree);

#endif
