/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks heaps what they hold, at their own interval. Called by the session at each tick. */
#include <errno.h>
#include <string.h>

#include "soak/run/heap.h"
#include "soak/run/session_state.h"

/* Nothing of ours is in a target that runs already. */
static int begin_outside(struct session *session)
{
	pid_t pid = session->options->attach;
	struct allocator own;

	if (allocator_detect(pid, &own))
		return text_fail(session->error, -EOPNOTSUPP,
			"--allocator-stats: process %d uses no allocator that soak "
			"knows: is it statically linked?",
			pid);
	if (strcmp(own.name, "hakmem") == 0) /* its counters are read in any case */
		return 0;
	return heap_outside_open(&session->heap.outside, own.name, own.path, session->error);
}

int heap_begin(struct session *session)
{
	const struct session_options *options = session->options;
	int code = 0;

	if (!options->allocator_stats_ns)
		return 0;
	if (options->attach > 0) {
		code = begin_outside(session);
		if (code || !session->heap.outside.library[0])
			return code;
	} else {
		/* hakmem's counters are read from outside. */
		if (!session->page || session->watches_library)
			return 0;
		session->heap.page = heap_page_of(session->page);
		heap_stats_ask(session->heap.page);
		session->heap.due_ns = clocks_now() + options->allocator_stats_ns;
	}
	recorder_fact(
		session->recorder, "allocator_stats_ms", "%g", options->allocator_stats_ns / 1e6);
	return 0;
}

static void fill_outside(struct session *session, struct sample *sample)
{
	struct heap *heap = &session->heap;

	if (session->now_ns >= heap->due_ns) {
		heap_outside_read(&heap->outside, session->tree);
		heap->due_ns = session->now_ns + session->options->allocator_stats_ns;
	}
	sample->v[METRIC_allocator_committed_bytes] = heap->outside.committed_bytes;
}

void heap_fill(struct session *session, struct sample *sample)
{
	struct heap *heap = &session->heap;

	if (heap->outside.library[0])
		fill_outside(session, sample);
	if (!heap->page)
		return;
	heap_stats_fill(heap->page, session->tree, sample, &heap->seen);
	if (session->now_ns < heap->due_ns)
		return;
	/* The target may have been asked late; it is not asked twice for that. */
	heap->due_ns = session->now_ns + session->options->allocator_stats_ns;
	heap_stats_ask(heap->page);
}

static void end_outside(struct session *session)
{
	const struct heap_outside *outside = &session->heap.outside;

	recorder_fact(session->recorder, "allocator_stats", "%s", outside->meaning);
	if (outside->untold)
		session_warn(session,
			"process %d does not use %s: its memory is missing in "
			"allocator_committed_bytes",
			outside->untold, outside->library);
}

void heap_end(struct session *session)
{
	const pid_t *first = session->heap.seen.first;
	const char *meaning = NULL;
	bool any = false;

	if (session->heap.outside.library[0])
		end_outside(session);
	if (!session->heap.page)
		return;
	for (int t = 0; t < HEAP_TELLERS; t++) {
		any = any || first[t];
		if (first[t] && !meaning)
			meaning = heap_stats_meaning(t);
		if (first[t] && heap_stats_untold(t))
			session_warn(session, "%s", heap_stats_untold(t));
	}
	if (meaning)
		recorder_fact(session->recorder, "allocator_stats", "%s", meaning);
	if (!any)
		session_warn(session, "no process reported heap statistics: are they statically "
				      "linked or set-uid, or too short-lived for a sample?");
	if (first[HEAP_UNKNOWN])
		session_warn(session,
			"process %d: its allocator has no statistics that soak can "
			"read (docs/allocator-stats.md)",
			first[HEAP_UNKNOWN]);
	if (session->heap.seen.ambiguous)
		session_warn(session,
			"process %d has the same number in its PID namespace as another process, "
			"and one of them has no /proc: the memory of both is missing "
			"in the sums",
			session->heap.seen.ambiguous);
	if (session->heap.page->no_place)
		session_warn(session,
			"more than %d processes at once: some could not report heap "
			"statistics, and are missing in the sums",
			HEAP_PLACES);
}
