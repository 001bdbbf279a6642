/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adds up sampled allocations by site or function. Called by soak audit. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "soak/record/series.h"
#include "soak/report/heap_account.h"
#include "soak/stats/sampled.h"

/* What each site held at the two moments. */
struct moments {
	struct run_heap_value *from, *to;
};

static void add(struct run_heap_value *sum, const struct run_heap_value *value)
{
	sum->live += value->live;
	sum->live_blocks += value->live_blocks;
	sum->live_variance += value->live_variance;
	sum->allocated += value->allocated;
	sum->allocated_blocks += value->allocated_blocks;
	sum->allocated_variance += value->allocated_variance;
}

/* What was released varies as what was allocated, less what is left of it. */
static double released_variance(const struct run_heap_value *value)
{
	return value->allocated_variance - value->live_variance;
}

static void estimate(
	struct heap_part *part, double mean, const struct heap_account_options *options)
{
	const struct run_heap_value *a = &part->from, *b = &part->to;
	struct interval to = sampled_interval(b->live, b->live_variance, mean, options->confidence);
	double between = b->allocated_variance - a->allocated_variance + released_variance(b) -
			 released_variance(a);

	part->estimate = to;
	if (options->growth)
		part->estimate = sampled_growth(
			sampled_interval(a->live, a->live_variance, mean, options->confidence), to,
			between, options->confidence);
}

/* ---- by site --------------------------------------------------------------------------------- */

static bool holds(const struct run_heap_value *value)
{
	return value->live != 0;
}

static int by_site(struct heap_account *account, const struct moments *at)
{
	account->parts = calloc(account->heap.nsites, sizeof(*account->parts));
	if (!account->parts)
		return -ENOMEM;
	for (size_t s = 0; s < account->heap.nsites; s++)
		if (holds(&at->from[s]) || holds(&at->to[s]))
			account->parts[account->count++] = (struct heap_part){
				.index = s, .from = at->from[s], .to = at->to[s]};
	return 0;
}

/* ---- by function ----------------------------------------------------------------------------- */

struct name {
	const char *function;
	size_t frame;
};

static int by_name(const void *one, const void *other)
{
	const struct name *a = one, *b = other;
	int order = strcmp(a->function, b->function);

	return order ? order : a->frame < b->frame ? -1 : a->frame > b->frame;
}

/* For each frame, the first one with the same function. NULL when memory is short. */
static size_t *name_functions(const struct run_heap *heap)
{
	struct name *names = calloc(heap->nframes, sizeof(*names));
	size_t *first = calloc(heap->nframes, sizeof(*first));
	size_t n = 0;

	for (size_t f = 1; names && first && f < heap->nframes; f++)
		if (heap->frames[f].function)
			names[n++] = (struct name){heap->frames[f].function, f};
	if (names && first)
		qsort(names, n, sizeof(*names), by_name);
	for (size_t i = 0; first && i < n; i++)
		first[names[i].frame] = i && strcmp(names[i].function, names[i - 1].function) == 0
						? first[names[i - 1].frame]
						: names[i].frame;
	free(names);
	return first;
}

/* A function that calls itself is in a stack more than once, and counts once. */
static void add_site(struct heap_part *parts, size_t *seen_in, const size_t *first, size_t number,
	const struct run_heap_site *site, const struct moments *at)
{
	for (size_t i = 0; i < site->count; i++) {
		size_t f = first[site->frames[i]];

		if (!f || seen_in[f] == number)
			continue;
		seen_in[f] = number;
		parts[f].index = f;
		add(&parts[f].from, &at->from[number]);
		add(&parts[f].to, &at->to[number]);
	}
}

static int by_function(struct heap_account *account, const struct moments *at)
{
	const struct run_heap *heap = &account->heap;
	struct heap_part *parts = calloc(heap->nframes, sizeof(*parts));
	size_t *first = name_functions(heap), *seen_in = calloc(heap->nframes, sizeof(*seen_in));
	bool fits = parts && first && seen_in;

	for (size_t s = 1; fits && s < heap->nsites; s++)
		add_site(parts, seen_in, first, s, &heap->sites[s], at);
	for (size_t f = 1; fits && f < heap->nframes; f++)
		if (parts[f].index && (holds(&parts[f].from) || holds(&parts[f].to)))
			parts[account->count++] = parts[f];
	account->parts = parts;
	free(first);
	free(seen_in);
	return fits ? 0 : -ENOMEM;
}

/* ---- all ------------------------------------------------------------------------------------- */

static int by_amount(const void *one, const void *other)
{
	const struct heap_part *a = one, *b = other;
	double of_a = fabs(a->estimate.estimate), of_b = fabs(b->estimate.estimate);

	return of_a < of_b ? 1 : of_a > of_b ? -1 : a->index < b->index ? -1 : 1;
}

/* The allocator's own figure of the sample at that time. */
static double in_use_at(struct run *run, double t_s)
{
	const double *times = run_times(run);
	const double *in_use = run_series(run, METRIC_allocator_in_use_bytes);

	for (size_t i = 0; times && in_use && i < run_sample_count(run); i++)
		if (times[i] >= t_s - 1e-6)
			return in_use[i];
	return NAN;
}

static int read_moments(struct run *run, const struct heap_account_options *options,
	struct heap_account *account, struct moments *at)
{
	int code = run_heap_at(run, &account->heap, options->to_s, at->to, &account->to_s);

	account->from_s = account->to_s;
	account->in_use = in_use_at(run, account->to_s);
	if (code || !options->growth)
		return code;
	code = run_heap_at(run, &account->heap, options->from_s, at->from, &account->from_s);
	account->in_use -= in_use_at(run, account->from_s);
	return code;
}

static int measure(struct run *run, const struct heap_account_options *options,
	struct heap_account *account, struct moments *at)
{
	double mean = account->heap.mean;
	int code = read_moments(run, options, account, at);

	if (!code)
		code = (options->by == HEAP_BY_FUNCTION ? by_function : by_site)(account, at);
	if (code)
		return code;
	for (size_t s = 0; s < account->heap.nsites; s++) {
		add(&account->all.from, &at->from[s]);
		add(&account->all.to, &at->to[s]);
	}
	estimate(&account->all, mean, options);
	for (size_t i = 0; i < account->count; i++)
		estimate(&account->parts[i], mean, options);
	qsort(account->parts, account->count, sizeof(*account->parts), by_amount);
	return 0;
}

int heap_account_measure(struct run *run, const struct heap_account_options *options,
	struct heap_account *ret_account)
{
	struct moments at;
	int code;

	*ret_account = (struct heap_account){0};
	code = run_heap_read(run, &ret_account->heap);
	if (code)
		return code;
	at.from = calloc(ret_account->heap.nsites, sizeof(*at.from));
	at.to = calloc(ret_account->heap.nsites, sizeof(*at.to));
	code = at.from && at.to ? measure(run, options, ret_account, &at) : -ENOMEM;
	free(at.from);
	free(at.to);
	if (code)
		heap_account_release(ret_account);
	return code;
}

void heap_account_release(struct heap_account *account)
{
	run_heap_release(&account->heap);
	free(account->parts);
	*account = (struct heap_account){0};
}
