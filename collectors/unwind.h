/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the registers and the top of a stack to the frames on it. A pure function of its input and
 * of the files that the code lies in; needs no process.
 *
 * Frames are unwound by the files' call frame information (DWARF 5, 6.4), which is exact. Code that
 * has none is unwound by its frame pointer, if that points to a saved one and to a return address;
 * frames from there on are guessed.
 */
#ifndef SOAK_UNWIND_H
#define SOAK_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/callers.h"
#include "collectors/code_file.h"

#define UNWIND_FRAMES 24

struct unwind_frame {
	const struct code_file *file; /* NULL: in no file that is known */
	uint64_t address;             /* the file's own; of the call, not of its return */
	bool guessed;
	/* Where, from the first stack pointer, the way back to it was found; 0: nowhere there. */
	uint32_t found_bytes;
};

struct unwind_stack {
	uint64_t ip;
	const __u64 *registers; /* CALLER_REGISTERS, as in struct caller_event */
	uint64_t known;         /* a bit for each register whose value is right */
	const __u64 *words;     /* from the stack pointer upwards */
	size_t bytes;
	uint64_t code_bits; /* of a return address */
	/*
	 * The file that has code at an address of the process, and its own address of that; NULL if
	 * there is none.
	 */
	const struct code_file *(*find)(void *context, uint64_t address, uint64_t *ret_address);
	void *context;
};

enum unwind_end {
	UNWIND_OUTERMOST, /* the last frame is the outermost */
	UNWIND_CUT,       /* the way back from it lies beyond the words that are there */
	UNWIND_LOST       /* nothing tells the way back from it */
};

struct unwind_result {
	struct unwind_frame frame[UNWIND_FRAMES]; /* innermost first */
	size_t frames;                            /* at least 1 */
	uint64_t stack_pointer;                   /* in the last of them */
	enum unwind_end end;
};

extern const int unwind_stack_pointer; /* its register's number */

void unwind(const struct unwind_stack *stack, struct unwind_result *ret_result);

#endif
