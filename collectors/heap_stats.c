/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <signal.h>

#include "collectors/heap_stats.h"

static const char *const meanings[HEAP_TELLERS] = {
	[HEAP_GLIBC] = "glibc: in use uordblks + hblkhd, committed arena + hblkhd",
	[HEAP_JEMALLOC] = "jemalloc: in use stats.allocated, committed stats.resident",
	[HEAP_TCMALLOC] = "tcmalloc: in use generic.current_allocated_bytes, committed "
			  "generic.heap_size - tcmalloc.pageheap_unmapped_bytes",
	[HEAP_MIMALLOC] = "mimalloc: in use is not told, committed current_commit",
};

const char *heap_stats_meaning(enum heap_teller teller)
{
	return meanings[teller];
}

void heap_stats_ask(struct heap_page *page)
{
	uint32_t next = page->asked + 1;

	__atomic_store_n(&page->asked, next ? next : 1, __ATOMIC_RELAXED);
}

/* False while it is being written. The target can write anything here. */
static bool copy_place(const struct heap_place *place, struct heap_place *ret_place)
{
	uint32_t answered = __atomic_load_n(&place->answered, __ATOMIC_ACQUIRE);

	ret_place->teller = __atomic_load_n(&place->teller, __ATOMIC_RELAXED);
	ret_place->time_ns = __atomic_load_n(&place->time_ns, __ATOMIC_RELAXED);
	ret_place->in_use_bytes = __atomic_load_n(&place->in_use_bytes, __ATOMIC_RELAXED);
	ret_place->committed_bytes = __atomic_load_n(&place->committed_bytes, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return answered && ret_place->teller < HEAP_TELLERS &&
	       __atomic_load_n(&place->answered, __ATOMIC_RELAXED) == answered;
}

static const struct process *find_process(struct tree *tree, pid_t pid)
{
	for (size_t i = 0; i < tree_count(tree); i++)
		if (tree_process(tree, i)->tgid == pid)
			return tree_process(tree, i);
	return NULL;
}

static void add(struct sample *sample, enum metric metric, int64_t bytes)
{
	if (bytes < 0)
		return;
	if (sample->v[metric] == SAMPLE_NONE)
		sample->v[metric] = 0;
	sample->v[metric] += bytes;
}

void heap_stats_fill(struct heap_page *page, struct tree *tree, struct sample *sample,
	struct heap_stats_seen *seen)
{
	for (int i = 0; i < HEAP_PLACES; i++) {
		struct heap_place *place = &page->place[i], copy;
		uint32_t pid = __atomic_load_n(&place->pid, __ATOMIC_RELAXED);
		const struct process *process = pid ? find_process(tree, pid) : NULL;

		if (pid && !process && kill(pid, 0) && errno == ESRCH)
			__atomic_compare_exchange_n(
				&place->pid, &pid, 0, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
		/* What it told before its last exec is another program's. */
		if (!process || !copy_place(place, &copy) ||
			(process->live && copy.time_ns < process->live->image_ns))
			continue;
		if (!seen->first[copy.teller])
			seen->first[copy.teller] = pid;
		add(sample, METRIC_allocator_in_use_bytes, copy.in_use_bytes);
		add(sample, METRIC_allocator_committed_bytes, copy.committed_bytes);
	}
}
