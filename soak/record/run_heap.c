/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads sampled allocations from a run file. Called by soak audit --by site and the like. */
#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "soak/record/run_database.h"
#include "soak/record/run_heap.h"

/* Ids are dense, from 1; what a damaged file has beyond is left out. */
#define IDS_MAX 10000000

#define CALLERS_NAMED 3

static size_t most_id(struct run *run, const char *sql)
{
	int64_t most = run_number(run, sql, -1);

	return most < 0 || most > IDS_MAX ? 0 : (size_t)most;
}

static char *copy(sqlite3_stmt *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	return text ? strdup(text) : NULL;
}

static void read_frames(struct run *run, struct run_heap *heap)
{
	sqlite3_stmt *s = NULL;

	if (run_prepare(run,
		    "SELECT id,function,place,module,build_id,address,own FROM heap_frames", &s))
		while (run_next(run, s)) {
			int64_t id = sqlite3_column_int64(s, 0);

			if (id < 1 || id >= (int64_t)heap->nframes)
				continue;
			heap->frames[id] = (struct run_heap_frame){copy(s, 1), copy(s, 2),
				copy(s, 3), copy(s, 4), (uint64_t)sqlite3_column_int64(s, 5),
				sqlite3_column_int(s, 6)};
		}
	sqlite3_finalize(s);
}

/* "1,5,3": as many numbers as there are commas, and one. */
static bool parse_frames(const struct run_heap *heap, const char *text, struct run_heap_site *site)
{
	size_t most = strlen(text) / 2 + 1;
	char *end;

	site->frames = calloc(most, sizeof(*site->frames));
	while (site->frames && *text && site->count < most) {
		unsigned long id = strtoul(text, &end, 10);

		if (end == text)
			break;
		if (id && id < heap->nframes)
			site->frames[site->count++] = (uint32_t)id;
		text = *end ? end + 1 : end;
	}
	return site->frames != NULL;
}

static int read_sites(struct run *run, struct run_heap *heap)
{
	sqlite3_stmt *s = NULL;
	int code = 0;

	if (run_prepare(run, "SELECT id,frames,reaches='outermost' FROM heap_sites", &s))
		while (!code && run_next(run, s)) {
			int64_t id = sqlite3_column_int64(s, 0);
			const char *frames = (const char *)sqlite3_column_text(s, 1);

			if (id < 1 || id >= (int64_t)heap->nsites || heap->sites[id].frames)
				continue;
			heap->sites[id].whole = sqlite3_column_int(s, 2);
			if (!parse_frames(heap, frames ? frames : "", &heap->sites[id]))
				code = -ENOMEM;
		}
	sqlite3_finalize(s);
	return code;
}

int run_heap_read(struct run *run, struct run_heap *ret_heap)
{
	int code = -ENOMEM;

	*ret_heap = (struct run_heap){.mean = run_fact_number(run, "heap_sampling_bytes", 0),
		.nframes = most_id(run, "SELECT max(id) FROM heap_frames") + 1,
		.nsites = most_id(run, "SELECT max(id) FROM heap_sites") + 1};
	if (!(ret_heap->mean > 0))
		return run_error(run) ? -EIO : -ENOENT;
	ret_heap->frames = calloc(ret_heap->nframes, sizeof(*ret_heap->frames));
	ret_heap->sites = calloc(ret_heap->nsites, sizeof(*ret_heap->sites));
	if (ret_heap->frames && ret_heap->sites) {
		read_frames(run, ret_heap);
		code = read_sites(run, ret_heap);
	}
	if (!code && run_error(run))
		code = -EIO;
	if (code)
		run_heap_release(ret_heap);
	return code;
}

void run_heap_release(struct run_heap *heap)
{
	for (size_t f = 0; heap->frames && f < heap->nframes; f++) {
		free(heap->frames[f].function);
		free(heap->frames[f].place);
		free(heap->frames[f].module);
		free(heap->frames[f].build_id);
	}
	for (size_t s = 0; heap->sites && s < heap->nsites; s++)
		free(heap->sites[s].frames);
	free(heap->frames);
	free(heap->sites);
	*heap = (struct run_heap){0};
}

size_t run_heap_caller(const struct run_heap *heap, size_t site)
{
	const struct run_heap_site *stack = &heap->sites[site];

	for (size_t i = 0; i < stack->count; i++)
		if (heap->frames[stack->frames[i]].own)
			return i;
	return 0;
}

void run_heap_name(const struct run_heap *heap, size_t index, struct text *ret_name)
{
	const struct run_heap_site *site = &heap->sites[index];
	size_t caller = run_heap_caller(heap, index);
	const char *name;

	if (!site->count) {
		text_set(ret_name,
			index ? "a site whose stack was lost" : "sites that are not told apart");
		return;
	}
	name = heap->frames[site->frames[caller]].place;
	text_set(ret_name, "%s", name ? name : "[unknown]");
	for (size_t i = caller + 1; i < site->count && i <= caller + CALLERS_NAMED; i++) {
		name = heap->frames[site->frames[i]].function;
		text_add(ret_name, "%s%s", i == caller + 1 ? ", called by " : ", by ",
			name ? name : "[unknown]");
	}
}

#define VALUES                                                                                     \
	"t_ns / 1e9, site, live_bytes, live_blocks, live_variance, allocated_bytes, "              \
	"allocated_blocks, allocated_variance"

static struct run_heap_value value_of(sqlite3_stmt *s)
{
	return (struct run_heap_value){sqlite3_column_double(s, 2), sqlite3_column_double(s, 3),
		sqlite3_column_double(s, 4), sqlite3_column_double(s, 5),
		sqlite3_column_double(s, 6), sqlite3_column_double(s, 7)};
}

int run_heap_at(struct run *run, const struct run_heap *heap, double t_s,
	struct run_heap_value *ret_values, double *ret_t_s)
{
	sqlite3_stmt *s = NULL;
	double until_s = t_s, last_s = -1;

	memset(ret_values, 0, heap->nsites * sizeof(*ret_values));
	if (!run_prepare(run, "SELECT " VALUES " FROM heap ORDER BY t_ns", &s))
		return run_error(run) ? -EIO : -ENODATA;
	while (run_next(run, s)) {
		double at_s = sqlite3_column_double(s, 0);
		int64_t site = sqlite3_column_int64(s, 1);

		if (last_s < 0 && at_s > until_s)
			until_s = at_s;
		if (at_s > until_s + 1e-6)
			break;
		last_s = at_s;
		if (site < 0 || site >= (int64_t)heap->nsites)
			continue;
		ret_values[site] = value_of(s);
	}
	sqlite3_finalize(s);
	if (run_error(run))
		return -EIO;
	*ret_t_s = last_s;
	return last_s < 0 ? -ENODATA : 0;
}

size_t run_heap_times(struct run *run, double **ret_t_s)
{
	int64_t most = run_number(run, "SELECT count(DISTINCT t_ns) FROM heap", 0);
	sqlite3_stmt *s = NULL;
	size_t n = 0;

	*ret_t_s = calloc((size_t)most + 1, sizeof(**ret_t_s));
	if (*ret_t_s && run_prepare(run, "SELECT DISTINCT t_ns / 1e9 FROM heap ORDER BY t_ns", &s))
		while (n < (size_t)most && run_next(run, s))
			(*ret_t_s)[n++] = sqlite3_column_double(s, 0);
	sqlite3_finalize(s);
	return n;
}

/* One site while its rows go by. */
struct reading {
	const double *t_s;
	size_t n, filled; /* times, and those whose value is known */
	int64_t site;     /* -1: none yet */
	struct run_heap_value *values, now;
};

/* What was so at a reading is so until the next that says otherwise. */
static void fill(struct reading *r, double until_s)
{
	for (; r->filled < r->n && r->t_s[r->filled] < until_s - 1e-6; r->filled++)
		r->values[r->filled] = r->now;
}

static void end_site(struct reading *r, const struct run_heap *heap, run_heap_fn *fn, void *context)
{
	fill(r, INFINITY);
	if (r->site >= 0 && r->site < (int64_t)heap->nsites)
		fn(context, (size_t)r->site, r->values);
	r->now = (struct run_heap_value){0};
	r->filled = 0;
}

int run_heap_series(struct run *run, const struct run_heap *heap, const double *t_s, size_t n,
	run_heap_fn *fn, void *context)
{
	struct reading r = {.t_s = t_s, .n = n, .site = -1, .values = calloc(n, sizeof(*r.values))};
	sqlite3_stmt *s = NULL;

	if (!r.values)
		return -ENOMEM;
	if (run_prepare(run, "SELECT " VALUES " FROM heap ORDER BY site, t_ns", &s))
		while (run_next(run, s)) {
			if (sqlite3_column_int64(s, 1) != r.site)
				end_site(&r, heap, fn, context);
			r.site = sqlite3_column_int64(s, 1);
			fill(&r, sqlite3_column_double(s, 0));
			r.now = value_of(s);
		}
	sqlite3_finalize(s);
	if (!run_error(run))
		end_site(&r, heap, fn, context);
	free(r.values);
	return run_error(run) ? -EIO : 0;
}
