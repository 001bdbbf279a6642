/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses the caller among the frames of a stack. Called by callers.c. */
#include <stdlib.h>
#include <string.h>

#include "collectors/caller_place.h"

static bool is_of(const struct unwind_result *stack, size_t index, enum code_role role)
{
	return index < stack->frames && stack->frame[index].file &&
	       stack->frame[index].file->role == role;
}

static enum code_part part_of(const struct unwind_frame *frame)
{
	switch (frame->file->role) {
	case CODE_LIBC:
	case CODE_LOADER:
	case CODE_COUNTER:
		return CODE_SYSTEM;
	case CODE_ALLOCATOR:
		return code_file_part(frame->file, frame->address) == CODE_SYSTEM ? CODE_SYSTEM
										  : CODE_ALLOCATES;
	case CODE_LANGUAGE:
		return CODE_RUNTIME;
	default:
		return code_file_part(frame->file, frame->address);
	}
}

bool caller_place_is_own(const struct unwind_frame *frame)
{
	return frame->file && part_of(frame) == CODE_OWN;
}

/*
 * The first frame outside libc, loader, counting library, allocator and language runtime; -1: none.
 * What an allocator's function calls in its own file is the allocator's: it may be linked in.
 */
static int blame(const struct unwind_result *stack)
{
	int first = -1;

	for (size_t i = 0; i < stack->frames && stack->frame[i].file; i++) {
		enum code_part part = part_of(&stack->frame[i]);

		if (part == CODE_OWN && first < 0)
			first = i;
		if (part == CODE_ALLOCATES && first >= 0 &&
			stack->frame[first].file == stack->frame[i].file)
			first = -1;
	}
	return first;
}

/* Of a call for which no one outside is known: the first frame that makes it for itself. */
static int blame_allocator(const struct unwind_result *stack)
{
	for (size_t i = 0; i < stack->frames && stack->frame[i].file; i++)
		if (part_of(&stack->frame[i]) != CODE_SYSTEM)
			return i;
	return -1;
}

/*
 * Nobody outside is to blame: not for what the counting library maps for itself, nor for what the
 * loader does, whose frames are long and whose caller, most often, is the kernel's exec. -1:
 * somebody may be.
 */
static int blame_inside(const struct unwind_result *stack)
{
	size_t i = 0;

	if (is_of(stack, 1, CODE_COUNTER))
		return 1;
	while (is_of(stack, i, CODE_LOADER))
		i++;
	if (i > 0)
		return i - 1;
	return stack->end == UNWIND_OUTERMOST ? (int)stack->frames - 1 : -1;
}

/*
 * May the word be the way back into a function that is to blame? Where a file tells how its frames
 * are unwound, a function without that is not the program's own: static musl has none.
 */
static bool is_way_back(const struct unwind_frame *frame, uint64_t after, bool strict)
{
	const struct code_file *file = frame->file;

	if (!file || file->role != CODE_PROGRAM)
		return false;
	if (file->image && !code_file_follows_call(file, after))
		return false;
	if (strict && file->frames && file->frames->cfi) {
		Dwarf_Frame *rules = code_frames_rules(file->frames, frame->address);

		if (!rules)
			return false;
		free(rules);
	}
	return part_of(frame) == CODE_OWN;
}

/* The next word on the stack that is the way back into a program; as a frame after the last. */
static bool guess(const struct unwind_stack *stack, struct unwind_result *result, bool strict)
{
	uint64_t bottom = stack->registers[unwind_stack_pointer];
	size_t from = (result->stack_pointer - bottom) / 8;

	for (size_t i = from; i < stack->bytes / 8 && result->frames < UNWIND_FRAMES; i++) {
		struct unwind_frame *frame = &result->frame[result->frames];
		uint64_t after = 0;

		frame->file =
			stack->find(stack->context, stack->words[i] & stack->code_bits, &after);
		frame->address = after - 1;
		if (!is_way_back(frame, after, strict))
			continue;
		frame->guessed = true;
		frame->found_bytes = i * 8;
		result->frames++;
		return true;
	}
	return false;
}

static int find_caller(const struct unwind_stack *stack, struct unwind_result *result)
{
	int allocator = blame_allocator(result), caller = blame(result);

	if (caller < 0 && allocator < 0)
		caller = blame_inside(result);
	if (caller < 0 && result->end == UNWIND_LOST &&
		(guess(stack, result, true) || guess(stack, result, false)))
		caller = result->frames - 1;
	return caller < 0 ? allocator : caller;
}

static void settle(
	struct caller_place *seen, const struct unwind_stack *stack, struct unwind_result *result)
{
	seen->caller = find_caller(stack, result);
	if (seen->caller >= 0)
		seen->certainty =
			result->frame[seen->caller].guessed ? CALLER_HEURISTIC : CALLER_EXACT;
	memcpy(seen->frame, result->frame, sizeof(seen->frame));
	seen->frames = result->frames;
}

static bool same_frame(const struct unwind_frame *a, const struct unwind_frame *b)
{
	return a->file == b->file && a->address == b->address;
}

static size_t common_frames(const struct caller_place *a, const struct caller_place *b)
{
	size_t common = 0;

	while (common < a->frames && common < b->frames &&
		same_frame(&a->frame[common], &b->frame[common]))
		common++;
	return common;
}

void caller_place_merge(struct caller_place *seen, const struct caller_place *other)
{
	size_t common = common_frames(seen, other);

	if (common == 0)
		return;
	seen->frames = common;
	if (seen->caller >= 0 && (size_t)seen->caller < common)
		return;
	/* An unknown caller may be another one. */
	if (seen->caller >= 0 || other->caller >= 0)
		seen->several = true;
	if (seen->caller < 0)
		return;
	seen->caller = common - 1;
	if (other->certainty == CALLER_HEURISTIC || seen->frame[common - 1].guessed)
		seen->certainty = CALLER_HEURISTIC;
}

struct caller_place caller_place_examine(const struct unwind_stack *stack)
{
	struct caller_place seen = {.caller = -1, .certainty = CALLER_UNKNOWN};
	struct unwind_result result;

	unwind(stack, UNWIND_FRAMES, &result);
	settle(&seen, stack, &result);
	return seen;
}

uint32_t caller_place_parting(const struct caller_place *seen, const struct caller_place *now)
{
	size_t common = common_frames(seen, now);

	return common < now->frames ? now->frame[common].found_bytes : 0;
}

bool caller_place_is_of(const struct caller_place *place, const char *path)
{
	for (size_t i = 0; i < place->frames; i++) {
		const struct code_file *file = place->frame[i].file;
		uint64_t address = place->frame[i].address;

		if (!file || strcmp(file->path, path) != 0 ||
			code_file_part(file, address) == CODE_SYSTEM)
			continue;
		if (file->role != CODE_LIBC)
			return true;
		if (address >= file->malloc_start && address < file->malloc_end)
			return true;
	}
	return false;
}
