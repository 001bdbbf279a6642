/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Unwinds a stack: from registers and the topmost words to frames. A pure function of its input and
 * of the files in which the code lies; it needs no process.
 *
 * Frames are unwound by the files' call frame information (DWARF 5, 6.4), which is exact. Code
 * without it is unwound by its frame pointer, if that points to a saved frame pointer and a return
 * address; frames from there on are guessed.
 */
#ifndef SOAK_UNWIND_H
#define SOAK_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/callers.h"
#include "collectors/code_file.h"

#define UNWIND_FRAMES 24 /* enough to find a caller */
#define UNWIND_DEPTH 128 /* whole stacks, mostly */

struct unwind_frame {
	const struct code_file *file; /* NULL: in no file that is known */
	uint64_t address;             /* of the call, not of its return; in the file's addresses */
	bool guessed;
	/* Distance of its return address from the first stack pointer; 0: not on the stack. */
	uint32_t found_bytes;
};

struct unwind_stack {
	uint64_t ip;
	const __u64 *registers; /* CALLER_REGISTERS, as in struct caller_event */
	uint64_t known;         /* a bit for each register whose value is known */
	const __u64 *words;     /* from the stack pointer upwards */
	size_t bytes;
	uint64_t code_bits; /* mask for return addresses: code_bits.h */
	/*
	 * Returns the file that has code at an address of the process, or NULL. *ret_address: the
	 * same in the file's own addresses.
	 */
	const struct code_file *(*find)(void *context, uint64_t address, uint64_t *ret_address);
	void *context;
};

enum unwind_end {
	UNWIND_OUTERMOST, /* the last frame is the outermost */
	UNWIND_CUT,       /* its return address lies beyond the given words */
	UNWIND_LOST       /* nothing leads to its return address */
};

struct unwind_result {
	struct unwind_frame frame[UNWIND_DEPTH]; /* innermost first */
	size_t frames;                           /* at least 1 */
	uint64_t stack_pointer;                  /* in the last frame */
	enum unwind_end end;
};

extern const int unwind_stack_pointer; /* its register's number */

/* As far as `most` frames, at most UNWIND_DEPTH. */
void unwind(const struct unwind_stack *stack, size_t most, struct unwind_result *ret_result);

#endif
