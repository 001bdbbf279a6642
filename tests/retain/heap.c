/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model of the heap for rules of retention: see heap.h. Used by hakmem_retain.c. */
#include "tests/retain/heap.h"

#include <math.h>
#include <stdlib.h>

#define LOOK_NS SECOND /* as seldom as the allocator looks at the clock */
#define RECENT 20      /* seconds of the recent peak */
#define STATE_BYTES 4096

struct heap {
	const struct rule *rule;
	uint64_t now_ns, looked_ns, ended_ns;
	bool steady, ended;
	size_t in_use, committed;
	size_t waste; /* of what is retained, this much does not fit what is taken */

	/* By level: when it was last given up, and when it was last purged. 0: never. */
	uint64_t *left_ns, *purged_ns;
	size_t levels;

	size_t recent[RECENT]; /* the most that was in use, by second */
	uint64_t second;
	struct figures figures;
	_Alignas(16) char state[STATE_BYTES];
};

struct heap *heap_new(const struct rule *rule)
{
	struct heap *heap = calloc(1, sizeof(*heap));

	if (!heap)
		abort();
	heap->rule = rule;
	heap->figures.forgotten_s = NAN;
	if (rule->init)
		rule->init(heap->state);
	return heap;
}

static void make_levels(struct heap *heap, size_t levels)
{
	size_t old = heap->levels;

	if (levels <= old)
		return;
	heap->levels = levels > 2 * old ? levels : 2 * old;
	heap->left_ns = realloc(heap->left_ns, heap->levels * sizeof(uint64_t));
	heap->purged_ns = realloc(heap->purged_ns, heap->levels * sizeof(uint64_t));
	if (!heap->left_ns || !heap->purged_ns)
		abort();
	for (size_t i = old; i < heap->levels; i++)
		heap->left_ns[i] = heap->purged_ns[i] = 0;
}

static void pay_for_gap(struct heap *heap, size_t level)
{
	double gap_s = (double)(heap->now_ns - heap->left_ns[level]) / (double)SECOND;

	heap->figures.optimum += gap_s < PRICE_S ? gap_s : PRICE_S;
}

static void purge_to(struct heap *heap, size_t target)
{
	struct figures *figures = &heap->figures;
	size_t before = heap->committed;

	if (target < heap->in_use)
		target = heap->in_use;
	if (target >= before)
		return;
	for (size_t level = target; level < before; level++)
		heap->purged_ns[level] = heap->now_ns;
	heap->committed = target;
	figures->purges++;
	figures->steady_purges += heap->steady;
	figures->cost += PRICE_S * (double)(before - target);
	if (heap->rule->purged)
		heap->rule->purged(heap->state, before, target, heap->now_ns / MS);
}

static void pass(struct heap *heap, uint64_t now_ns)
{
	double s = (double)(now_ns - heap->now_ns) / (double)SECOND;
	double held = s * (double)(heap->committed - heap->in_use);

	heap->figures.cost += held;
	heap->figures.held_only += held;
	heap->now_ns = now_ns;
	for (; heap->second < now_ns / SECOND; heap->second++)
		heap->recent[(heap->second + 1) % RECENT] = heap->in_use;
}

static void grow(struct heap *heap, size_t in_use)
{
	size_t need = in_use + heap->waste;
	size_t fresh = need > heap->committed ? need - heap->committed : 0;

	if (fresh > in_use - heap->in_use)
		fresh = in_use - heap->in_use;
	make_levels(heap, heap->committed + fresh);
	for (size_t level = heap->in_use; level < in_use; level++) {
		if (heap->left_ns[level])
			pay_for_gap(heap, level);
		if (level >= heap->committed && heap->purged_ns[level])
			heap->figures.regretted +=
				heap->now_ns - heap->purged_ns[level] <= 12 * SECOND;
	}
	heap->in_use = in_use;
	heap->committed += fresh;
	if (heap->rule->use)
		heap->rule->use(heap->state, in_use, fresh, heap->now_ns / MS);
}

static void shrink(struct heap *heap, size_t in_use)
{
	for (size_t level = in_use; level < heap->in_use; level++)
		heap->left_ns[level] = heap->now_ns;
	heap->in_use = in_use;
	if (heap->rule->free)
		purge_to(heap,
			heap->rule->free(heap->state, in_use, heap->committed, heap->now_ns / MS));
}

static void look(struct heap *heap)
{
	if (heap->now_ns - heap->looked_ns < LOOK_NS)
		return;
	heap->looked_ns = heap->now_ns;
	if (heap->rule->look)
		purge_to(heap, heap->rule->look(heap->state, heap->in_use, heap->committed,
				       heap->now_ns / MS));
}

static size_t slack(size_t in_use)
{
	return in_use * PERCENT / 100 > KEEP ? in_use * PERCENT / 100 : KEEP;
}

static void note(struct heap *heap)
{
	struct figures *figures = &heap->figures;
	size_t *now = &heap->recent[heap->second % RECENT], peak = 0;

	if (heap->in_use > *now)
		*now = heap->in_use;
	for (size_t i = 0; i < RECENT; i++)
		peak = heap->recent[i] > peak ? heap->recent[i] : peak;
	if (heap->committed > slack(peak) &&
		(double)(heap->committed - slack(peak)) > figures->excess * (double)peak)
		figures->excess = (double)(heap->committed - slack(peak)) / (double)(peak + !peak);
	if (heap->in_use > figures->peak_in_use)
		figures->peak_in_use = heap->in_use;
	if (heap->committed > figures->peak_committed)
		figures->peak_committed = heap->committed;
	if (heap->ended && isnan(figures->forgotten_s) &&
		heap->committed <= heap->in_use + heap->in_use / 2 + slack(heap->in_use))
		figures->forgotten_s = (double)(heap->now_ns - heap->ended_ns) / (double)SECOND;
}

void heap_set(struct heap *heap, uint64_t now_ns, size_t in_use)
{
	pass(heap, now_ns);
	if (in_use > heap->in_use)
		grow(heap, in_use);
	else if (in_use < heap->in_use)
		shrink(heap, in_use);
	look(heap);
	note(heap);
}

void heap_idle(struct heap *heap, uint64_t now_ns)
{
	pass(heap, now_ns);
}

void heap_waste(struct heap *heap, size_t waste)
{
	heap->waste = waste;
}

void heap_steady(struct heap *heap, bool steady)
{
	heap->steady = steady;
}

void heap_ended(struct heap *heap)
{
	heap->steady = false;
	heap->ended = true;
	heap->ended_ns = heap->now_ns;
	heap->figures.forgotten_s = NAN;
}

void heap_dropped(struct heap *heap)
{
	heap->figures.after_drop = heap->committed - heap->in_use;
}

struct figures heap_end(struct heap *heap)
{
	struct figures figures;

	for (size_t level = heap->in_use; level < heap->levels; level++)
		if (heap->left_ns[level])
			pay_for_gap(heap, level);
	figures = heap->figures;
	free(heap->left_ns);
	free(heap->purged_ns);
	free(heap);
	return figures;
}
