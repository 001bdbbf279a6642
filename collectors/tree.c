/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of the target's processes and the sums over them. Called by the session at each
 * tick; most collectors walk it.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collectors/churn.h"
#include "collectors/clock.h"
#include "collectors/memory.h"
#include "collectors/procfs.h"
#include "collectors/tree.h"

#define MOST_CHILDREN 65536

#define ENDINGS_NS 5000000000ull /* an exit under way takes less */

struct tree {
	struct probes *probes;
	struct ring_buffer *ring;
	struct tree_handlers handlers;
	struct process **processes;
	size_t count, capacity;
	uint32_t next_id;
	bool dirty; /* an event told of a slot: look at all of them */
	bool exits; /* an event told of one: see who is dead */
	uint64_t lost_seen;
	struct adopted_tasks tasks;        /* as last looked through */
	uint64_t found;                    /* among them, that had not been followed until then */
	uint64_t adopted_ns;               /* when what already ran was taken in */
	uint64_t compat;                   /* 32-bit programs that were there already */
	uint64_t dropped;                  /* processes whose end was not seen */
	int64_t counted[PROCESS_COUNTERS]; /* by the ended */
	struct churn_counts churn;         /* likewise */
	int64_t allocator_calls;           /* likewise */
	bool allocator_known;              /* some of them had such an allocator */
};

static const struct {
	size_t in_slot; /* for usage: of threads that have exited */
	enum metric metric;
} counters[PROCESS_COUNTERS] = {
	[PROCESS_MINFLT] = {offsetof(struct process_slot, minflt), METRIC_minflt},
	[PROCESS_MAJFLT] = {offsetof(struct process_slot, majflt), METRIC_majflt},
	[PROCESS_CPU_NS] = {offsetof(struct process_slot, cpu_ns), METRIC_cpu_ns},
	[PROCESS_FAULT_USER] = {offsetof(struct process_slot, fault_user), METRIC_fault_user},
	[PROCESS_FAULT_KERNEL] = {offsetof(struct process_slot, fault_kernel), METRIC_fault_kernel},
};

static int64_t slot_counter(const struct process_slot *slot, enum process_counter counter)
{
	return *(const volatile __u64 *)(const void *)((const char *)slot +
						       counters[counter].in_slot);
}

static struct process *find_slot(struct tree *tree, uint32_t slot, uint32_t tgid)
{
	for (size_t i = 0; i < tree->count; i++)
		if (tree->processes[i]->slot == slot && (uint32_t)tree->processes[i]->tgid == tgid)
			return tree->processes[i];
	return NULL;
}

static struct process *find_tgid(struct tree *tree, pid_t tgid)
{
	for (size_t i = 0; i < tree->count; i++)
		if (tree->processes[i]->tgid == tgid)
			return tree->processes[i];
	return NULL;
}

static struct process *add_process(struct tree *tree, pid_t tgid, pid_t parent)
{
	struct process *process;

	if (tree->count == tree->capacity) {
		size_t capacity = tree->capacity ? tree->capacity * 2 : 8;
		struct process **grown = reallocarray(tree->processes, capacity, sizeof(*grown));

		if (!grown)
			return NULL;
		tree->processes = grown;
		tree->capacity = capacity;
	}
	process = calloc(1, sizeof(*process));
	if (!process)
		return NULL;
	process->tgid = tgid;
	process->parent = parent;
	process->id = ++tree->next_id;
	process->statm_fd = -1;
	tree->processes[tree->count++] = process;
	return process;
}

/* The slot of a process that was not in the table yet: enter it. */
static struct process *enter_slot(struct tree *tree, uint32_t index)
{
	const struct process_slot *slot = &probes_slots(tree->probes)[index];
	struct process *process = add_process(tree, slot->tgid, slot->parent_tgid);

	if (!process)
		return NULL;
	process->slot = index;
	process->live = slot;
	process->start_ns = slot->start_ns;
	memcpy(process->comm, slot->comm, sizeof(process->comm));
	if (tree->handlers.started)
		tree->handlers.started(tree->handlers.context, process);
	return process;
}

static int64_t at_least(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* In the budget, from the code of an allocator that counts its own. */
static int64_t allocator_calls(const struct process_slot *slot)
{
	const volatile __u64 *calls = slot->allocator.kernel;

	return calls[CHURN_mmap] + calls[CHURN_munmap] + calls[CHURN_madvise] +
	       calls[CHURN_process_madvise];
}

/* Of a program whose exec nobody saw. */
static void look_for_compat(struct tree *tree, struct process *process)
{
	if (!process->compat && (process->compat = procfs_is_compat(process->tgid)))
		tree->compat++;
}

static void close_process(struct process *process)
{
	if (process->statm_fd >= 0)
		close(process->statm_fd);
	free(process->user);
	free(process);
}

/* Adds the last counters of a process to the sums of the ended, and forgets it. */
static void retire(struct tree *tree, size_t index)
{
	struct process *process = tree->processes[index];
	const struct process_slot *slot = process->live;

	if (slot) {
		process->end_ns = slot->end_ns ? slot->end_ns : clock_ns();
		process->exit_code = slot->exit_code;
		for (int c = 0; c < PROCESS_COUNTERS; c++)
			process->counted[c] = at_least(
				process->counted[c], slot_counter(slot, c) - process->base[c]);
		process->peak_rss_bytes = at_least(
			process->peak_rss_bytes, slot->peak_rss_pages * sysconf(_SC_PAGESIZE));
		memcpy(process->comm, slot->comm, sizeof(process->comm));
	} else {
		process->end_ns = clock_ns();
	}
	if (tree->handlers.ended)
		tree->handlers.ended(tree->handlers.context, process);
	if (slot) {
		churn_add(&tree->churn, &slot->churn);
		tree->allocator_calls += allocator_calls(slot);
		tree->allocator_known |= slot->allocator.counters != 0;
		memset((void *)slot, 0, sizeof(*slot));
		probes_slot_free(tree->probes, process->slot);
	}
	for (int c = 0; c < PROCESS_COUNTERS; c++)
		tree->counted[c] += process->counted[c];
	close_process(process);
	/* Parents stay before their children: see memory_fill(). */
	memmove(&tree->processes[index], &tree->processes[index + 1],
		(--tree->count - index) * sizeof(*tree->processes));
}

static void retire_dead(struct tree *tree)
{
	for (size_t i = tree->count; i-- > 0;) {
		struct process *process = tree->processes[i];

		if (__atomic_load_n(&process->live->state, __ATOMIC_ACQUIRE) == TREE_DEAD)
			retire(tree, i);
	}
}

/* The slots are the truth: enters those that came alive. */
static void scan_slots(struct tree *tree)
{
	const struct process_slot *slots = probes_slots(tree->probes);

	for (uint32_t i = 1; i < TREE_SLOTS; i++)
		if (__atomic_load_n(&slots[i].state, __ATOMIC_ACQUIRE) != TREE_FREE &&
			!find_slot(tree, i, slots[i].tgid))
			enter_slot(tree, i);
}

static int on_event(void *context, void *data, size_t size)
{
	const struct tree_event *event = data;
	struct tree *tree = context;
	struct process *process;

	(void)size;
	if (event->slot >= TREE_SLOTS)
		return 0;
	process = find_slot(tree, event->slot, event->tgid);
	if (!process && event->type != TREE_EXIT &&
		probes_slots(tree->probes)[event->slot].tgid == event->tgid)
		process = enter_slot(tree, event->slot);
	if (!process)
		return 0;
	if (event->type == TREE_EXEC) {
		memcpy(process->comm, process->live->comm, sizeof(process->comm));
		if (tree->handlers.executed)
			tree->handlers.executed(tree->handlers.context, process, event->file);
	}
	tree->exits |= event->type == TREE_EXIT;
	return 0;
}

int tree_new(struct probes *probes, const struct tree_handlers *handlers, struct tree **ret_tree)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	if (!tree)
		return -ENOMEM;
	tree->probes = probes;
	tree->handlers = *handlers;
	if (probes) {
		tree->ring = ring_buffer__new(probes_events_fd(probes), on_event, tree, NULL);
		if (!tree->ring) {
			free(tree);
			return -errno;
		}
	}
	*ret_tree = tree;
	return 0;
}

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	for (size_t i = 0; i < tree->count; i++)
		close_process(tree->processes[i]);
	free(tree->processes);
	free(tree->tasks.task);
	ring_buffer__free(tree->ring);
	free(tree);
}

/* What the process did before the run is not the run's. */
static void note_base(struct tree *tree, struct process *process)
{
	struct memory_usage usage;

	if (memory_read_process(tree->probes, process, &usage) == 0)
		memcpy(process->base, usage.counted, sizeof(usage.counted));
}

/* Without probes: children of the known, as /proc shows them now. */
static void scan_proc(struct tree *tree)
{
	static pid_t children[MOST_CHILDREN];

	for (size_t i = 0; i < tree->count; i++) {
		size_t n = procfs_children(tree->processes[i]->tgid, children, MOST_CHILDREN);

		for (size_t c = 0; c < n; c++) {
			struct process *process;

			if (find_tgid(tree, children[c]) || children[c] == getpid())
				continue;
			process = add_process(tree, children[c], tree->processes[i]->tgid);
			if (!process)
				return;
			process->start_ns = clock_ns();
			procfs_comm(children[c], process->comm, sizeof(process->comm));
			if (tree->handlers.started)
				tree->handlers.started(tree->handlers.context, process);
		}
	}
	for (size_t i = tree->count; i-- > 0;)
		if (procfs_alive(tree->processes[i]->tgid))
			look_for_compat(tree, tree->processes[i]);
		else
			retire(tree, i);
}

static int adopt_by_probes(struct tree *tree, const pid_t *tgids, size_t count)
{
	int code = probes_adopt(tree->probes, tgids, count);

	if (!code)
		tree_update(tree);
	return code;
}

static int adopt_by_proc(struct tree *tree, pid_t tgid)
{
	struct process *process;

	if (!procfs_alive(tgid) || find_tgid(tree, tgid) || tgid == getpid())
		return 0;
	process = add_process(tree, tgid, 0);
	if (!process)
		return -ENOMEM;
	process->start_ns = clock_ns();
	procfs_comm(tgid, process->comm, sizeof(process->comm));
	if (tree->handlers.started)
		tree->handlers.started(tree->handlers.context, process);
	return 0;
}

int tree_adopt(struct tree *tree, const pid_t *tgids, size_t count)
{
	int code = 0;

	tree->adopted_ns = clock_ns();
	if (tree->probes)
		code = adopt_by_probes(tree, tgids, count);
	for (size_t i = 0; !tree->probes && !code && i < count; i++)
		code = adopt_by_proc(tree, tgids[i]);
	if (!tree->probes && !code)
		scan_proc(tree);
	for (size_t i = 0; !code && i < tree->count; i++)
		if (!tree->probes || tree->processes[i]->live->adopted) {
			note_base(tree, tree->processes[i]);
			look_for_compat(tree, tree->processes[i]);
		}
	return code || tree->count ? code : -ESRCH;
}

int tree_fd(const struct tree *tree)
{
	return tree->ring ? ring_buffer__epoll_fd(tree->ring) : -1;
}

void tree_hear(struct tree *tree)
{
	if (tree->ring && ring_buffer__consume(tree->ring) < 0)
		tree->dirty = true;
}

void tree_update(struct tree *tree)
{
	uint64_t lost;

	if (!tree->probes) {
		scan_proc(tree);
		return;
	}
	tree_hear(tree);
	lost = probes_losses(tree->probes)->events;
	if (lost != tree->lost_seen || tree->dirty) {
		tree->lost_seen = lost;
		tree->dirty = false;
		tree->exits = true;
		scan_slots(tree);
	}
	if (tree->exits) {
		tree->exits = false;
		retire_dead(tree);
	}
}

/* It was past telling of its end when it was marked, and has ended now. */
static bool ended_before(const struct tree *tree, const struct process *process)
{
	return process->live->adopted && clock_ns() - tree->adopted_ns < ENDINGS_NS &&
	       !procfs_alive(process->tgid) &&
	       __atomic_load_n(&process->live->state, __ATOMIC_ACQUIRE) == TREE_ALIVE;
}

int tree_running(struct tree *tree, size_t *ret_running)
{
	int code = probes_tasks(tree->probes, NULL, &tree->tasks);

	if (code)
		return code;
	tree->found += tree->tasks.found;
	*ret_running = 0;
	for (size_t i = 0; i < tree->tasks.count; i++)
		*ret_running += (tree->tasks.task[i].state & ADOPTED_RUNNING) != 0;
	return 0;
}

void tree_drop_missing(struct tree *tree)
{
	for (size_t i = tree->probes ? tree->count : 0; i-- > 0;) {
		struct process *process = tree->processes[i];
		bool was_missing = process->missing;

		if (ended_before(tree, process)) {
			retire(tree, i);
			continue;
		}
		process->missing = kill(process->tgid, 0) && errno == ESRCH;
		/* The first time it may just have ended. */
		if (!process->missing || !was_missing)
			continue;
		tree->dropped++;
		retire(tree, i);
	}
}

size_t tree_count(const struct tree *tree)
{
	return tree->count;
}

struct process *tree_process(struct tree *tree, size_t index)
{
	return tree->processes[index];
}

void tree_churn(const struct tree *tree, struct churn_counts *ret_counts)
{
	*ret_counts = tree->churn;
	if (!tree->probes)
		return;
	churn_add(ret_counts, &probes_slots(tree->probes)[TREE_OVERFLOW_SLOT].churn);
	for (size_t i = 0; i < tree->count; i++)
		churn_add(ret_counts, &tree->processes[i]->live->churn);
}

static void fill_allocator(const struct tree *tree, struct sample *sample)
{
	int64_t calls = tree->allocator_calls;
	bool known = tree->allocator_known;

	for (size_t i = 0; i < tree->count; i++) {
		calls += allocator_calls(tree->processes[i]->live);
		known |= tree->processes[i]->live->allocator.counters != 0;
	}
	if (known)
		sample->v[METRIC_allocator_calls] = calls;
}

void tree_fill_counter(const struct tree *tree, enum process_counter counter, struct sample *sample)
{
	bool in_slot = counter >= PROCESS_USAGE;
	int64_t sum = tree->counted[counter];

	if (in_slot)
		sum += slot_counter(&probes_slots(tree->probes)[TREE_OVERFLOW_SLOT], counter);
	for (size_t i = 0; i < tree->count; i++)
		sum += in_slot ? slot_counter(tree->processes[i]->live, counter)
			       : tree->processes[i]->counted[counter];
	sample->v[counters[counter].metric] = sum;
}

void tree_fill(struct tree *tree, struct sample *sample)
{
	struct churn_counts counts;

	sample->v[METRIC_processes] = tree->count;
	if (!tree->probes)
		return;
	tree_churn(tree, &counts);
	churn_fill(&counts, sample);
	fill_allocator(tree, sample);
	if (probes_absent(tree->probes, PROBE_LATENCY))
		sample->v[METRIC_churn_ns] = SAMPLE_NONE;
	sample->v[METRIC_lost_events] = probes_losses(tree->probes)->events;
	if (!probes_absent(tree->probes, PROBE_SPEED)) {
		sample->v[METRIC_speed_runs] = probes_speed(tree->probes)->runs;
		sample->v[METRIC_speed_ns] = probes_speed(tree->probes)->ns;
	}
	if (probes_absent(tree->probes, PROBE_FAULTS))
		return;
	for (int c = PROCESS_USAGE; c < PROCESS_COUNTERS; c++)
		tree_fill_counter(tree, c, sample);
}

struct tree_losses tree_losses(const struct tree *tree)
{
	struct tree_losses losses = {0};

	if (tree->probes) {
		losses = *probes_losses(tree->probes);
		losses.unfollowed += tree->dropped + tree->found;
	}
	losses.compat_execs += tree->compat;
	return losses;
}
