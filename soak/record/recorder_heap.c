/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes who holds the live heap. Called by soak/run/heap_sampling.c. */
#include <math.h>

#include "soak/record/recorder_state.h"

void recorder_heap_frame(struct recorder *recorder, const struct recorder_heap_frame *frame)
{
	sqlite3_stmt *s = recorder_row(recorder, HEAP_FRAME);

	if (!s)
		return;
	sqlite3_bind_int64(s, 1, frame->id);
	sqlite3_bind_text(s, 2, frame->function, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(s, 3, frame->place, -1, SQLITE_TRANSIENT);
	/* without a file: a NULL binds NULL */
	sqlite3_bind_text(s, 4, frame->module, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(s, 5, frame->build_id, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(s, 6, frame->address);
	sqlite3_bind_int64(s, 7, frame->own);
	recorder_step(recorder, s);
}

void recorder_heap_site(
	struct recorder *recorder, uint32_t id, const char *frames, const char *reaches)
{
	sqlite3_stmt *s = recorder_row(recorder, HEAP_SITE);

	if (!s)
		return;
	sqlite3_bind_int64(s, 1, id);
	sqlite3_bind_text(s, 2, frames, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(s, 3, reaches, -1, SQLITE_TRANSIENT);
	recorder_step(recorder, s);
}

void recorder_heap(struct recorder *recorder, const struct heap_change *change, uint64_t now_ns)
{
	const struct heap_weight *parts[] = {&change->live, &change->allocated};
	sqlite3_stmt *s = recorder_row(recorder, HEAP);

	if (!s)
		return;
	sqlite3_bind_int64(s, 1, recorder_since_start(recorder, now_ns));
	sqlite3_bind_int64(s, 2, change->site);
	for (int i = 0; i < 2; i++) {
		sqlite3_bind_int64(s, 3 + 3 * i, llround(parts[i]->bytes));
		sqlite3_bind_int64(s, 4 + 3 * i, llround(parts[i]->blocks));
		sqlite3_bind_double(s, 5 + 3 * i, fmax(round(parts[i]->variance), 0));
	}
	recorder_step(recorder, s);
}
