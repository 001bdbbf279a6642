/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who the callers are: names for the places that calls were counted under, when the run is over. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/run/places.h"
#include "soak/run/session_state.h"

static const char *module_name(const struct code_file *file)
{
	const char *slash = strrchr(file->path, '/');

	return slash ? slash + 1 : file->path;
}

/* module`function, or module+address where there is no name. */
static void print_frame(
	FILE *out, struct symbols *symbols, const struct unwind_frame *frame, bool with_offset)
{
	const char *mangled;
	uint64_t offset = 0;
	char *name;

	if (!frame->file) {
		fputs("[unknown]", out);
		return;
	}
	mangled = symbols_name(symbols, frame->file, frame->address, &offset);
	name = mangled ? symbols_demangle(mangled) : NULL;
	for (char *c = name; c && *c; c++)
		if (*c == ';') /* as in Rust's [T; N]: frames are separated by it */
			*c = ',';
	fputs(module_name(frame->file), out);
	if (!name)
		fprintf(out, "+0x%llx", (unsigned long long)frame->address);
	else if (with_offset)
		fprintf(out, "`%s+0x%llx", name, (unsigned long long)offset);
	else
		fprintf(out, "`%s", name);
	free(name);
}

char *places_frame(struct symbols *symbols, const struct unwind_frame *frame, bool with_offset)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	print_frame(out, symbols, frame, with_offset);
	return fclose(out) == 0 ? text : NULL;
}

static char *stack_text(struct symbols *symbols, const struct caller_place *place)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (size_t i = place->frames; i-- > 0;) {
		print_frame(out, symbols, &place->frame[i], false);
		if (i)
			fputc(';', out);
	}
	return fclose(out) == 0 ? text : NULL;
}

static void write_place(struct session *session, struct symbols *symbols, size_t index)
{
	static const char *const certainties[] = {[CALLER_EXACT] = "exact",
		[CALLER_HEURISTIC] = "heuristic",
		[CALLER_UNKNOWN] = "unknown"};
	const struct caller_place *place = callers_place(session->callers, index);
	const struct unwind_frame *frame = place->caller < 0 ? NULL : &place->frame[place->caller];
	char *stack = stack_text(symbols, place), *caller = NULL;
	char program[17] = "";
	struct recorder_place row = {.id = place->id,
		.program = program,
		.certainty = certainties[callers_certainty(session->callers, index)],
		.several = place->several,
		.allocator = caller_place_is_of(place, session->allocator.path),
		.stack = stack ? stack : ""};

	memcpy(program, place->program, sizeof(place->program));
	if (frame && frame->file) {
		caller = places_frame(symbols, frame, true);
		row.caller = caller;
		row.module = frame->file->path;
		row.build_id = frame->file->build_id[0] ? frame->file->build_id : NULL;
		row.address = frame->address;
	}
	recorder_place(session->recorder, &row);
	free(caller);
	free(stack);
}

void places_record_new(struct session *session)
{
	for (; session->places < callers_places(session->callers); session->places++)
		write_place(session, NULL, session->places);
}

void places_record(struct session *session)
{
	struct caller_losses losses = callers_losses(session->callers);
	struct symbols *symbols;

	if (!session->callers)
		return;
	symbols = symbols_new();
	for (size_t i = 0; i < callers_places(session->callers); i++)
		write_place(session, symbols, i);
	symbols_free(symbols);
	recorder_fact(session->recorder, "lost_sites", "%llu", losses.sites);
	recorder_fact(session->recorder, "lost_stacks", "%llu", losses.stacks);
}
