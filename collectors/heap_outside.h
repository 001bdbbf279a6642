/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The heap statistics of processes that run already, read from their memory: soak has no code in
 * them that could be asked. docs/allocator-stats.md says what can be read and what cannot.
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
	const char *meaning;    /* text: what the columns mean */
	int kind;
	uint64_t address[2], offset[3]; /* of the words to read: heap_outside.c */
	struct heap_outside_base cache[HEAP_OUTSIDE_CACHED];
	int64_t committed_bytes; /* last sum over all processes; SAMPLE_NONE: none was read */
	pid_t untold;            /* a process without the library; 0: there is none */
};

/*
 * Finds in a library's debug information where its statistics lie. `name` is from
 * allocator_detect(). Returns 0, or a negative errno with one line in `error` that says what is
 * missing and what to do.
 */
int heap_outside_open(
	struct heap_outside *heap, const char *name, const char *library, struct text *error);

/* Reads the statistics of all live processes. */
void heap_outside_read(struct heap_outside *heap, struct tree *tree);

#endif
