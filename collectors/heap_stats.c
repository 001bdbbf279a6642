/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Asks the target's own libsoakops what its heap holds. Called by soak/run/heap.c for targets
 * that soak started.
 */
#include <time.h>

#include "collectors/heap_stats.h"
#include "collectors/procfs.h"

static const struct {
	const char *meaning, *untold;
} answers[HEAP_TELLERS] = {
#define X(id, name, package, symbol, reader, meaning, untold, ...) [HEAP_##id] = {meaning, untold},
	ALLOCATORS(X)
#undef X
};

const char *heap_stats_meaning(enum heap_teller teller)
{
	return answers[teller].meaning;
}

const char *heap_stats_untold(enum heap_teller teller)
{
	return answers[teller].untold;
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

/* What the process signs its answers with; name 0: it has gone. */
static union heap_owner owner_of(struct process *process)
{
	pid_t pid;

	if (!process->heap_owner.name &&
		procfs_own_pid(process->tgid, &pid, &process->heap_owner.pid_namespace) == 0)
		process->heap_owner.pid = pid;
	return process->heap_owner;
}

/* Either side may not know its namespace: without /proc, or without the right to look. */
static bool may_be(union heap_owner a, union heap_owner b)
{
	return a.pid == b.pid &&
	       (a.pid_namespace == b.pid_namespace || !a.pid_namespace || !b.pid_namespace);
}

struct process *heap_stats_owner(struct tree *tree, union heap_owner owner, pid_t *ret_ambiguous)
{
	struct process *found = NULL;
	bool several = false;

	for (size_t i = 0; i < tree_count(tree); i++) {
		struct process *process = tree_process(tree, i);

		if (owner_of(process).name == owner.name)
			return process;
		if (!may_be(process->heap_owner, owner))
			continue;
		several = found;
		found = process;
	}
	if (several)
		*ret_ambiguous = found->tgid;
	return several ? NULL : found;
}

/* One that is not in the tree twice has ended, or is not followed. */
static void free_if_stranger(struct heap_place *place, uint64_t owner, uint64_t *stranger)
{
	if (*stranger != owner) {
		*stranger = owner;
		return;
	}
	__atomic_compare_exchange_n(
		&place->owner.name, &owner, 0, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	*stranger = 0;
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* How far CLOCK_REALTIME is ahead of CLOCK_MONOTONIC. Being preempted in between makes it less. */
static int64_t wall_ahead_ns(void)
{
	int64_t most = INT64_MIN;

	for (int i = 0; i < 3; i++) {
		int64_t wall_ns = clock_ns(CLOCK_REALTIME);
		int64_t ahead_ns = wall_ns - clock_ns(CLOCK_MONOTONIC);

		most = ahead_ns > most ? ahead_ns : most;
	}
	return most;
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
	int64_t wall_ns = wall_ahead_ns();

	for (int i = 0; i < HEAP_PLACES; i++) {
		struct heap_place *place = &page->place[i], copy;
		union heap_owner owner = {
			.name = __atomic_load_n(&place->owner.name, __ATOMIC_RELAXED)};
		const struct process *process =
			owner.name ? heap_stats_owner(tree, owner, &seen->ambiguous) : NULL;

		if (owner.name && !process) {
			free_if_stranger(place, owner.name, &seen->strangers[i]);
			continue;
		}
		seen->strangers[i] = 0;
		/* What it told before its last exec is another program's. */
		if (!process || !copy_place(place, &copy) ||
			(process->live && copy.time_ns - wall_ns < process->live->image_ns))
			continue;
		if (!seen->first[copy.teller])
			seen->first[copy.teller] = process->tgid;
		add(sample, METRIC_allocator_in_use_bytes, copy.in_use_bytes);
		add(sample, METRIC_allocator_committed_bytes, copy.committed_bytes);
	}
}
