/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "collectors/caller_place.h"

static bool is_of(const struct unwind_result *stack, size_t index, enum code_role role)
{
	return index < stack->frames && stack->frame[index].file &&
	       stack->frame[index].file->role == role;
}

/* The first frame outside libc, the loader and the counting library; -1: none. */
static int blame(const struct unwind_result *stack)
{
	for (size_t i = 0; i < stack->frames && stack->frame[i].file; i++)
		if (is_of(stack, i, CODE_PROGRAM) &&
			!code_file_wraps(stack->frame[i].file, stack->frame[i].address))
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

/* The next word on the stack that is the way back into a program; as a frame after the last. */
static bool guess(const struct unwind_stack *stack, struct unwind_result *result)
{
	uint64_t bottom = stack->registers[unwind_stack_pointer];
	size_t from = (result->stack_pointer - bottom) / 8;

	for (size_t i = from; i < stack->bytes / 8 && result->frames < UNWIND_FRAMES; i++) {
		struct unwind_frame *frame = &result->frame[result->frames];
		uint64_t after;

		frame->file =
			stack->find(stack->context, stack->words[i] & stack->code_bits, &after);
		if (!frame->file || frame->file->role != CODE_PROGRAM ||
			(frame->file->image && !code_file_follows_call(frame->file, after)))
			continue;
		frame->address = after - 1;
		frame->guessed = true;
		frame->found_bytes = i * 8;
		result->frames++;
		return true;
	}
	return false;
}

static void settle(
	struct caller_place *seen, const struct unwind_stack *stack, struct unwind_result *result)
{
	seen->caller = blame(result);
	if (seen->caller < 0)
		seen->caller = blame_inside(result);
	if (seen->caller < 0 && result->end == UNWIND_LOST && guess(stack, result))
		seen->caller = result->frames - 1;
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

	unwind(stack, &result);
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

		if (!file || strcmp(file->path, path) != 0 || code_file_wraps(file, address))
			continue;
		if (file->role != CODE_LIBC)
			return true;
		if (address >= file->malloc_start && address < file->malloc_end)
			return true;
	}
	return false;
}
