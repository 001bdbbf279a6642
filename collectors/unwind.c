/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unwinds a stack from its registers and its topmost words. Called by caller_place.c. */
#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/unwind.h"

#if defined(__x86_64__)
#define STACK_POINTER 7
#define FRAME_POINTER 6
#elif defined(__aarch64__)
#define STACK_POINTER 31
#define FRAME_POINTER 29
#else
#error "say which registers hold stack and frame pointer on this machine"
#endif

const int unwind_stack_pointer = STACK_POINTER;

/* Registers of one frame; what a bit in `known` does not vouch for was lost on the way. */
struct frame_state {
	uint64_t ip, value[CALLER_REGISTERS];
	uint64_t ip_at; /* where on the stack ip was found; 0: elsewhere */
	uint64_t known;
	bool innermost;
};

static bool read_word(const struct unwind_stack *stack, uint64_t address, uint64_t *ret_word)
{
	uint64_t offset = address - stack->registers[STACK_POINTER];

	if (offset > stack->bytes || stack->bytes - offset < sizeof(*ret_word))
		return false;
	memcpy(ret_word, (const char *)stack->words + offset, sizeof(*ret_word));
	return true;
}

/* ---- DWARF expressions, as far as call frame information uses them ------------------------- */

#define EXPRESSION_DEPTH 16

struct machine {
	const struct unwind_stack *stack;
	const struct frame_state *frame;
	uint64_t cfa;
	uint64_t read_at; /* where restore() last read a word */
	uint64_t values[EXPRESSION_DEPTH];
	size_t depth;
};

static bool push(struct machine *machine, uint64_t value)
{
	if (machine->depth == EXPRESSION_DEPTH)
		return false;
	machine->values[machine->depth++] = value;
	return true;
}

static bool push_register(struct machine *machine, uint64_t number, uint64_t offset)
{
	if (number >= CALLER_REGISTERS || !(machine->frame->known >> number & 1))
		return false;
	return push(machine, machine->frame->value[number] + offset);
}

static bool operate_on_two(struct machine *machine, unsigned int operation)
{
	uint64_t b, *a;

	if (machine->depth < 2)
		return false;
	b = machine->values[--machine->depth];
	a = &machine->values[machine->depth - 1];
	switch (operation) {
	case DW_OP_plus:
		*a += b;
		return true;
	case DW_OP_minus:
		*a -= b;
		return true;
	case DW_OP_and:
		*a &= b;
		return true;
	case DW_OP_shl:
		*a = b < 64 ? *a << b : 0;
		return true;
	case DW_OP_ge:
		*a = (int64_t)*a >= (int64_t)b;
		return true;
	default:
		return false;
	}
}

static bool operate(struct machine *machine, const Dwarf_Op *op)
{
	if (op->atom >= DW_OP_lit0 && op->atom <= DW_OP_lit31)
		return push(machine, op->atom - DW_OP_lit0);
	if (op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31)
		return push_register(machine, op->atom - DW_OP_breg0, op->number);
	switch (op->atom) {
	case DW_OP_bregx:
		return push_register(machine, op->number, op->number2);
	case DW_OP_call_frame_cfa:
		return push(machine, machine->cfa);
	case DW_OP_plus_uconst:
		return push(machine, op->number) && operate_on_two(machine, DW_OP_plus);
	case DW_OP_const1u:
	case DW_OP_const1s:
	case DW_OP_const2u:
	case DW_OP_const2s:
	case DW_OP_const4u:
	case DW_OP_const4s:
	case DW_OP_constu:
	case DW_OP_consts:
		return push(machine, op->number);
	case DW_OP_deref:
		return machine->depth > 0 &&
		       read_word(machine->stack, machine->values[machine->depth - 1],
			       &machine->values[machine->depth - 1]);
	default:
		return operate_on_two(machine, op->atom);
	}
}

static bool evaluate(struct machine *machine, const Dwarf_Op *ops, size_t count)
{
	machine->depth = 0;
	for (size_t i = 0; i < count; i++)
		if (!operate(machine, &ops[i]))
			return false;
	return machine->depth > 0;
}

/* ---- one frame outwards ---------------------------------------------------------------------- */

enum step { STEP_DONE, STEP_OUTERMOST, STEP_CUT, STEP_FAILED };

/* The caller's value of a register, by the callee's rule for it (libdw.h, dwarf_frame_register). */
static enum step restore(struct machine *machine, Dwarf_Frame *rules, int number, uint64_t *value)
{
	Dwarf_Op memory[3], *ops;
	size_t count;

	if (dwarf_frame_register(rules, number, memory, &ops, &count))
		return STEP_FAILED;
	if (count == 0 && ops == memory)
		return STEP_OUTERMOST; /* undefined */
	if (count == 0) {
		if (number >= CALLER_REGISTERS || !(machine->frame->known >> number & 1))
			return STEP_FAILED;
		*value = machine->frame->value[number];
		return STEP_DONE;
	}
	if (count == 1 && ops[0].atom == DW_OP_regx) {
		if (!push_register(machine, ops[0].number, 0))
			return STEP_FAILED;
		*value = machine->values[--machine->depth];
		return STEP_DONE;
	}
	if (ops[count - 1].atom == DW_OP_stack_value) {
		if (!evaluate(machine, ops, count - 1))
			return STEP_FAILED;
		*value = machine->values[machine->depth - 1];
		return STEP_DONE;
	}
	if (!evaluate(machine, ops, count))
		return STEP_FAILED;
	machine->read_at = machine->values[machine->depth - 1];
	return read_word(machine->stack, machine->values[machine->depth - 1], value) ? STEP_DONE
										     : STEP_CUT;
}

static enum step apply_rules(struct machine *machine, Dwarf_Frame *rules, struct frame_state *next)
{
	int return_address = dwarf_frame_info(rules, NULL, NULL, &next->innermost);
	enum step step;
	Dwarf_Op *ops;
	size_t count;

	if (return_address < 0 || dwarf_frame_cfa(rules, &ops, &count) || count == 0 ||
		!evaluate(machine, ops, count))
		return STEP_FAILED;
	machine->cfa = machine->values[machine->depth - 1];
	step = restore(machine, rules, return_address, &next->ip);
	if (step != STEP_DONE)
		return step;
	next->ip &= machine->stack->code_bits;
	next->ip_at = machine->read_at;
	for (int r = 0; r < CALLER_REGISTERS; r++)
		if (restore(machine, rules, r, &next->value[r]) == STEP_DONE)
			next->known |= 1ull << r;
	next->value[STACK_POINTER] = machine->cfa;
	next->known |= 1ull << STACK_POINTER;
	return next->ip ? STEP_DONE : STEP_OUTERMOST;
}

/* STEP_FAILED also where there is no call frame information. */
static enum step step_by_rules(const struct unwind_stack *stack, const struct frame_state *frame,
	const struct unwind_frame *where, struct frame_state *next)
{
	struct machine machine = {.stack = stack, .frame = frame};
	Dwarf_Frame *rules = NULL;
	enum step step;

	if (where->file && where->file->frames)
		rules = code_frames_rules(where->file->frames, where->address);
	if (!rules)
		return STEP_FAILED;
	step = apply_rules(&machine, rules, next);
	free(rules);
	return step;
}

static bool is_code(const struct unwind_stack *stack, uint64_t address)
{
	uint64_t unused;

	return stack->find(stack->context, address, &unused) != NULL;
}

static enum step step_by_frame_pointer(
	const struct unwind_stack *stack, const struct frame_state *frame, struct frame_state *next)
{
	uint64_t pointer = frame->value[FRAME_POINTER];

	if (!(frame->known >> FRAME_POINTER & 1) || pointer % 8 != 0 ||
		pointer < frame->value[STACK_POINTER] ||
		!read_word(stack, pointer, &next->value[FRAME_POINTER]) ||
		!read_word(stack, pointer + 8, &next->ip))
		return STEP_FAILED;
	next->ip &= stack->code_bits;
	if (!is_code(stack, next->ip))
		return STEP_FAILED;
	next->ip_at = pointer + 8;
	next->value[STACK_POINTER] = pointer + 16;
	next->known = 1ull << FRAME_POINTER | 1ull << STACK_POINTER;
	return STEP_DONE;
}

/* A return address may lie behind the last instruction of its function: the call does not. */
static void place(const struct unwind_stack *stack, const struct frame_state *state, bool guessed,
	struct unwind_frame *frame)
{
	frame->file = stack->find(stack->context, state->ip - !state->innermost, &frame->address);
	frame->guessed = guessed;
	frame->found_bytes = state->ip_at ? state->ip_at - stack->registers[STACK_POINTER] : 0;
}

void unwind(const struct unwind_stack *stack, size_t most, struct unwind_result *result)
{
	struct frame_state state = {.ip = stack->ip, .known = stack->known, .innermost = true};
	bool guessed = false;

	memcpy(state.value, stack->registers, sizeof(state.value));
	*result = (struct unwind_result){0};
	for (;;) {
		struct unwind_frame *frame = &result->frame[result->frames++];
		struct frame_state next = {0};
		enum step step;

		place(stack, &state, guessed, frame);
		result->stack_pointer = state.value[STACK_POINTER];
		step = step_by_rules(stack, &state, frame, &next);
		if (step == STEP_FAILED) {
			next = (struct frame_state){0};
			guessed = true;
			step = step_by_frame_pointer(stack, &state, &next);
		}
		if (step == STEP_OUTERMOST)
			result->end = UNWIND_OUTERMOST;
		else
			result->end = step == STEP_FAILED ? UNWIND_LOST : UNWIND_CUT;
		if (step != STEP_DONE || result->frames == most)
			return;
		state = next;
	}
}
