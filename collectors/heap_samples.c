/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Follows sampled blocks from their allocation to their release. Called by the session. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "collectors/code_bits.h"
#include "collectors/code_map.h"
#include "collectors/heap_samples.h"
#include "collectors/heap_stats.h"
#include "collectors/procfs.h"

#define STUCK_NS 5000000000ull /* a writer that is stopped so long in the middle has died */
#define INTERVAL_NS 1000000000ull
#define INTERVALS 50

_Static_assert(HEAP_REGISTERS == CALLER_REGISTERS, "as the unwinder takes them");

/* One program of one process: its blocks and the places of its code go by its number. */
struct sampled {
	union heap_owner owner;
	uint32_t number;
	uint32_t id; /* struct process; 0: not found yet */
	pid_t tgid;  /* 0 likewise */
	bool looked; /* for its mappings, in this reading */
};

struct heap_samples {
	struct heap_ring *ring;
	uint64_t mean, tail;
	uint64_t stuck_ns; /* since when the event at the tail is being written; 0: it is not */
	uint64_t stuck, thinned, largest_mean;
	uint64_t first_ns, due_ns;
	struct heap_live live;
	struct heap_weight total; /* of all that is held */
	struct heap_sites *sites;
	struct code_map *map;
	struct sampled *programs;
	size_t count, room;
	uint32_t numbers;
	struct heap_stack stack; /* a copy: the target may write while it is worked on */
};

/* ---- programs -------------------------------------------------------------------------------- */

static void identify(struct sampled *program, struct tree *tree)
{
	pid_t unused, own;
	uint32_t namespace;
	const struct process *process = heap_stats_owner(tree, program->owner, &unused);

	if (process) {
		program->id = process->id;
		program->tgid = process->tgid;
		return;
	}
	/* The tree may hear of it later, if it still runs. */
	if (procfs_own_pid((pid_t)program->owner.pid, &own, &namespace) == 0 &&
		own == (pid_t)program->owner.pid && namespace == program->owner.pid_namespace)
		program->tgid = own;
	else
		program->tgid = 0;
}

/* NULL when memory is short. */
static struct sampled *add_program(
	struct heap_samples *samples, struct tree *tree, union heap_owner owner)
{
	struct sampled *program;

	if (samples->count == samples->room) {
		size_t room = 2 * samples->room + 16;
		struct sampled *grown =
			reallocarray(samples->programs, room, sizeof(*samples->programs));

		if (!grown)
			return NULL;
		samples->programs = grown;
		samples->room = room;
	}
	program = &samples->programs[samples->count++];
	*program = (struct sampled){.owner = owner, .number = ++samples->numbers};
	identify(program, tree);
	return program;
}

static struct sampled *find_program(struct heap_samples *samples, uint64_t name)
{
	for (size_t i = samples->count; i-- > 0;)
		if (samples->programs[i].owner.name == name)
			return &samples->programs[i];
	return NULL;
}

/* ---- what is held ---------------------------------------------------------------------------- */

static void add(struct heap_weight *sum, const struct heap_weight *weight)
{
	sum->bytes += weight->bytes;
	sum->blocks += weight->blocks;
	sum->variance += weight->variance;
}

/* A block counts at least once: if less is left, it is what rounding left. */
static void take_away(struct heap_weight *sum, const struct heap_weight *weight)
{
	sum->bytes -= weight->bytes;
	sum->blocks -= weight->blocks;
	sum->variance -= weight->variance;
	if (sum->blocks < 0.5)
		*sum = (struct heap_weight){0};
}

static void gone(void *context, const struct heap_block *block)
{
	struct heap_samples *samples = context;

	take_away(&heap_sites_at(samples->sites, block->stack)->live, &block->weight);
	take_away(&samples->total, &block->weight);
}

static void held(void *context, const struct heap_block *block)
{
	struct heap_samples *samples = context;

	add(&heap_sites_at(samples->sites, block->stack)->live, &block->weight);
	add(&samples->total, &block->weight);
}

static void forget_program(struct heap_samples *samples, struct sampled *program)
{
	heap_live_remove_all(&samples->live, program->number, gone, samples);
	code_map_forget(samples->map, program->number);
	*program = samples->programs[--samples->count];
}

static bool runs(const struct sampled *program, struct tree *tree)
{
	for (size_t i = 0; i < tree_count(tree); i++)
		if (tree_process(tree, i)->id == program->id)
			return true;
	return false;
}

/*
 * What ended processes held has gone with them. What the last ones held at their end is kept: that
 * is what there is to know then.
 */
static void forget_ended(struct heap_samples *samples, struct tree *tree)
{
	for (size_t i = samples->count; i-- > 0 && tree_count(tree);) {
		struct sampled *program = &samples->programs[i];

		if (!program->id)
			identify(program, tree);
		if (program->id ? !runs(program, tree) : !program->tgid)
			forget_program(samples, program);
	}
}

/* ---- stacks ---------------------------------------------------------------------------------- */

struct view {
	struct heap_samples *samples;
	struct sampled *program;
};

static const struct code_file *find_code(void *context, uint64_t address, uint64_t *ret_address)
{
	struct view *view = context;
	struct code_map *map = view->samples->map;
	struct sampled *program = view->program;
	const struct code_file *file = code_map_find(map, program->number, address, ret_address);

	/* A library may have come since. */
	if (!file && !program->looked && program->tgid) {
		program->looked = true;
		code_map_read(map, program->number, program->tgid);
		file = code_map_find(map, program->number, address, ret_address);
	}
	return file;
}

/* The site of the copied stack. The frames of our own library are left out. */
static uint32_t find_site(struct heap_samples *samples, struct sampled *program)
{
	struct unwind_result result;
	struct heap_frame frames[UNWIND_DEPTH];
	const struct heap_stack *copy = &samples->stack;
	struct view view = {samples, program};
	struct unwind_stack stack = {copy->ip, copy->registers, copy->known, copy->words,
		copy->bytes, code_bits(), find_code, &view};
	size_t first = 0, count = 0;

	unwind(&stack, UNWIND_DEPTH, &result);
	while (first < result.frames && result.frame[first].file &&
		result.frame[first].file->role == CODE_COUNTER)
		first++;
	for (size_t i = first; i < result.frames; i++) {
		const struct code_file *file = result.frame[i].file;

		frames[count++] = (struct heap_frame){file, file ? result.frame[i].address : 0};
	}
	return heap_sites_find(samples->sites, frames, count, result.end);
}

/* Takes the stack out of the ring; false: it was lost, or the target wrote something else. */
static bool take_stack(struct heap_samples *samples, uint32_t index)
{
	struct heap_stack *stack, *copy = &samples->stack;

	if (!index || index > HEAP_STACKS)
		return false;
	stack = &samples->ring->stack[index - 1];
	memcpy(copy, stack, sizeof(*copy));
	heap_ring_give_stack(samples->ring, stack);
	if (copy->bytes > sizeof(copy->words))
		copy->bytes = sizeof(copy->words);
	return true;
}

/* ---- events ---------------------------------------------------------------------------------- */

static void on_allocated(
	struct heap_samples *samples, struct sampled *program, const struct heap_event *event)
{
	struct heap_block block = {.address = event->block, .process = program->number}, before;

	if (take_stack(samples, event->stack))
		block.stack = find_site(samples, program);
	else
		block.stack = heap_sites_find(samples->sites, NULL, 0, UNWIND_LOST);
	if (!event->block || !event->size || !event->mean || event->held > INT64_MAX ||
		event->size > event->held)
		return;
	if (event->mean > samples->mean)
		samples->thinned++;
	if (event->mean > samples->largest_mean)
		samples->largest_mean = event->mean;
	block.weight = heap_weight_of(event->size, event->held, event->mean);
	/* Its release was lost. */
	if (heap_live_remove(&samples->live, program->number, event->block, &before))
		gone(samples, &before);
	if (!heap_live_add(&samples->live, &block))
		return;
	held(samples, &block);
	add(&heap_sites_at(samples->sites, block.stack)->allocated, &block.weight);
}

static void on_forked(
	struct heap_samples *samples, struct sampled *program, const struct heap_event *event)
{
	const struct sampled *parent = find_program(samples, event->block);

	if (parent && parent != program)
		heap_live_inherit(&samples->live, parent->number, program->number, held, samples);
}

static void on_event(
	struct heap_samples *samples, struct tree *tree, const struct heap_event *event)
{
	struct sampled *program = find_program(samples, event->owner);
	struct heap_block block;

	if (program && (event->kind == HEAP_STARTED || event->kind == HEAP_FORKED)) {
		forget_program(samples, program);
		program = NULL;
	}
	if (!program)
		program = add_program(samples, tree, (union heap_owner){.name = event->owner});
	if (!program)
		return;
	switch (event->kind) {
	case HEAP_STARTED:
		code_map_read(samples->map, program->number, program->tgid);
		return;
	case HEAP_FORKED:
		on_forked(samples, program, event);
		return;
	case HEAP_ALLOCATED:
		on_allocated(samples, program, event);
		return;
	case HEAP_FREED:
		if (heap_live_remove(&samples->live, program->number, event->block, &block))
			gone(samples, &block);
	}
}

/* The next event, if its writer is done with it. */
static bool take_event(struct heap_samples *samples, uint64_t now_ns, struct heap_event *ret_event)
{
	struct heap_ring *ring = samples->ring;
	uint64_t index = samples->tail % HEAP_EVENTS;
	struct heap_event *slot = &ring->event[index];
	bool done;

	for (;;) {
		if (__atomic_load_n(&ring->head, __ATOMIC_RELAXED) == samples->tail)
			return false;
		done = __atomic_load_n(&slot->turn, __ATOMIC_ACQUIRE) + index == samples->tail + 1;
		if (!done && !samples->stuck_ns)
			samples->stuck_ns = now_ns;
		if (!done && now_ns - samples->stuck_ns < STUCK_NS)
			return false;
		if (done)
			*ret_event = *slot;
		samples->stuck += !done;
		samples->stuck_ns = 0;
		samples->tail++;
		__atomic_store_n(
			&slot->turn, samples->tail - 1 + HEAP_EVENTS - index, __ATOMIC_RELEASE);
		__atomic_store_n(&ring->read, samples->tail, __ATOMIC_RELAXED);
		if (done)
			return true;
		index = samples->tail % HEAP_EVENTS;
		slot = &ring->event[index];
	}
}

void heap_samples_read(struct heap_samples *samples, struct tree *tree, uint64_t now_ns)
{
	struct heap_event event;

	for (size_t i = 0; i < samples->count; i++)
		samples->programs[i].looked = false;
	/* At most once around: a target that sends without end does not hold us up. */
	for (size_t n = 0; n < HEAP_EVENTS && take_event(samples, now_ns, &event); n++)
		on_event(samples, tree, &event);
	forget_ended(samples, tree);
}

/* ---- what is told ---------------------------------------------------------------------------- */

void heap_samples_fill(const struct heap_samples *samples, struct sample *sample)
{
	sample->v[METRIC_heap_sampled_bytes] = llround(fmax(samples->total.bytes, 0));
	sample->v[METRIC_heap_sampled_error_bytes] =
		llround(sqrt(fmax(samples->total.variance, 0)));
}

bool heap_samples_due(const struct heap_samples *samples, uint64_t now_ns)
{
	return now_ns >= samples->due_ns;
}

static int64_t change_of(const struct heap_site *site)
{
	return llabs(llround(site->live.bytes) - site->written_bytes) +
	       llabs(llround(site->allocated.bytes) - site->written_allocated) / 64;
}

struct changing {
	uint32_t site;
	int64_t by;
};

static int by_change(const void *one, const void *other)
{
	const struct changing *a = one, *b = other;

	return a->by < b->by ? 1 : a->by > b->by ? -1 : a->site < b->site ? -1 : 1;
}

/* Lists sites that changed, those that changed most first. NULL when memory is short. */
static struct changing *list_changes(struct heap_samples *samples, size_t *ret_count)
{
	size_t sites = heap_sites_count(samples->sites), count = 0;
	struct changing *list = calloc(sites, sizeof(*list));

	for (uint32_t s = 1; list && s < sites; s++) {
		int64_t by = change_of(heap_sites_at(samples->sites, s));

		if (by)
			list[count++] = (struct changing){s, by};
	}
	if (list)
		qsort(list, count, sizeof(*list), by_change);
	*ret_count = count;
	return list;
}

/* Site 0 has what is of no other site, and what is not told of the others this time. */
static struct heap_change rest_of(
	struct heap_samples *samples, const struct changing *list, size_t from, size_t count)
{
	const struct heap_site *others = heap_sites_at(samples->sites, 0);
	struct heap_change rest = {0, others->live, others->allocated};

	for (size_t i = from; i < count; i++) {
		const struct heap_site *site = heap_sites_at(samples->sites, list[i].site);

		rest.live.bytes += site->live.bytes - (double)site->written_bytes;
		rest.allocated.bytes += site->allocated.bytes - (double)site->written_allocated;
	}
	return rest;
}

static void tell(struct heap_samples *samples, const struct heap_change *change,
	void (*changed)(void *, const struct heap_change *), void *context)
{
	struct heap_site *site = heap_sites_at(samples->sites, change->site);

	site->written_bytes = llround(change->live.bytes);
	site->written_allocated = llround(change->allocated.bytes);
	changed(context, change);
}

void heap_samples_changes(struct heap_samples *samples, uint64_t now_ns,
	void (*changed)(void *context, const struct heap_change *change), void *context)
{
	const struct heap_site *others = heap_sites_at(samples->sites, 0);
	size_t count, told;
	struct changing *list = list_changes(samples, &count);
	struct heap_change rest;

	if (!samples->first_ns)
		samples->first_ns = now_ns;
	samples->due_ns = now_ns + (uint64_t)fmax(INTERVAL_NS,
					   (double)(now_ns - samples->first_ns) / INTERVALS);
	if (!list)
		return;
	told = count < HEAP_CHANGES_MAX ? count : HEAP_CHANGES_MAX;
	rest = rest_of(samples, list, told, count);
	for (size_t i = 0; i < told; i++) {
		const struct heap_site *site = heap_sites_at(samples->sites, list[i].site);
		struct heap_change change = {list[i].site, site->live, site->allocated};

		tell(samples, &change, changed, context);
	}
	if (llround(rest.live.bytes) != others->written_bytes ||
		llround(rest.allocated.bytes) != others->written_allocated)
		tell(samples, &rest, changed, context);
	free(list);
}

struct heap_sites *heap_samples_sites(struct heap_samples *samples)
{
	return samples->sites;
}

struct heap_losses heap_samples_losses(const struct heap_samples *samples)
{
	const struct heap_ring *ring = samples->ring;

	return (struct heap_losses){
		.samples = __atomic_load_n(&ring->lost_samples, __ATOMIC_RELAXED),
		.frees = __atomic_load_n(&ring->lost_frees, __ATOMIC_RELAXED) + samples->stuck,
		.stacks = __atomic_load_n(&ring->lost_stacks, __ATOMIC_RELAXED),
		.thinned = samples->thinned,
		.largest_mean = samples->largest_mean};
}

/* ---- life ------------------------------------------------------------------------------------ */

struct heap_samples *heap_samples_new(struct heap_ring *ring, uint64_t mean, uint64_t seed)
{
	struct heap_samples *samples = calloc(1, sizeof(*samples));

	if (!samples) {
		munmap(ring, HEAP_RING_BYTES);
		return NULL;
	}
	samples->ring = ring;
	samples->mean = samples->largest_mean = mean;
	samples->map = code_map_new();
	samples->sites = heap_sites_new();
	if (!samples->map || !samples->sites) {
		heap_samples_free(samples);
		return NULL;
	}
	ring->mean = mean;
	ring->seed = seed;
	return samples;
}

void heap_samples_free(struct heap_samples *samples)
{
	if (!samples)
		return;
	heap_live_release(&samples->live);
	heap_sites_free(samples->sites);
	code_map_free(samples->map);
	munmap(samples->ring, HEAP_RING_BYTES);
	free(samples->programs);
	free(samples);
}
