/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "soak/run/heap.h"
#include "soak/run/session_state.h"

void heap_begin(struct session *session)
{
	/* hakmem's counters are read from outside. */
	if (!session->options->allocator_stats_ns || !session->page || session->watches_library)
		return;
	session->heap.page = heap_page_of(session->page);
	heap_stats_ask(session->heap.page);
	session->heap.due_ns = clocks_now() + session->options->allocator_stats_ns;
	recorder_fact(session->recorder, "allocator_stats_ms", "%g",
		session->options->allocator_stats_ns / 1e6);
}

void heap_tick(struct session *session, uint64_t now_ns, struct sample *sample)
{
	struct heap *heap = &session->heap;

	if (!heap->page)
		return;
	heap_stats_fill(heap->page, session->tree, sample, &heap->seen);
	if (now_ns < heap->due_ns)
		return;
	/* The target may have been asked late; it is not asked twice for that. */
	heap->due_ns = now_ns + session->options->allocator_stats_ns;
	heap_stats_ask(heap->page);
}

void heap_end(struct session *session)
{
	const pid_t *first = session->heap.seen.first;
	const char *meaning = NULL;
	bool any = false;

	if (!session->heap.page)
		return;
	for (int t = 0; t < HEAP_TELLERS; t++) {
		any = any || first[t];
		if (first[t] && !meaning)
			meaning = heap_stats_meaning(t);
	}
	if (meaning)
		recorder_fact(session->recorder, "allocator_stats", "%s", meaning);
	if (!any)
		session_warn(session, "no process told what its heap holds: are they statically "
				      "linked or set-uid, or too short for a sample?");
	if (first[HEAP_MIMALLOC])
		session_warn(session, "mimalloc does not tell what it has given out (only its "
				      "debug builds count it): allocator_in_use_bytes is absent");
	if (first[HEAP_UNKNOWN])
		session_warn(session,
			"process %d: its allocator tells nothing by mallinfo2, "
			"mallctl, MallocExtension or mi_process_info",
			first[HEAP_UNKNOWN]);
	if (session->heap.page->no_place)
		session_warn(session,
			"more than %d processes at once: some found no place to tell "
			"what their heaps hold, and are missing in the sums",
			HEAP_PLACES);
}
