/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the table of mappings. Called by soak audit --growth and by the scorecard. */
#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "soak/record/run_database.h"
#include "soak/record/run_mappings.h"

static const char rows[] =
	"SELECT m.t_ns / 1e9, m.process, ifnull(p.pid, 0), p.comm, m.kind, m.name, "
	"m.rss_bytes + m.swap_bytes, m.mappings FROM mappings m LEFT JOIN processes p "
	"ON p.id = m.process ORDER BY m.process, m.kind, m.name, m.t_ns";

enum column { TIME, PROCESS, PID, PROGRAM, KIND, NAME, HELD, COUNT };

/* One group while its rows go by. */
struct reading {
	const double *times;
	const size_t *samples;
	size_t n, filled; /* readings, and those whose value is known */
	double *held, *count;
	struct run_mapping mapping;
	char *texts[3];
	run_mapping_fn *fn;
	void *context;
};

size_t run_mapping_readings(struct run *run, size_t **ret_samples)
{
	const double *cost = run_series(run, METRIC_mappings_cost_ns);
	size_t n = 0, samples = run_sample_count(run);

	*ret_samples = cost ? calloc(samples, sizeof(**ret_samples)) : NULL;
	for (size_t i = 0; *ret_samples && i < samples; i++)
		if (!isnan(cost[i]))
			(*ret_samples)[n++] = i;
	return n;
}

/* What held at a reading holds until the next that says otherwise. */
static void fill(struct reading *r, double until_s, double held, double count)
{
	for (; r->filled < r->n && r->times[r->samples[r->filled]] < until_s - 1e-6; r->filled++) {
		r->held[r->filled] = held;
		r->count[r->filled] = count;
	}
}

static bool same_group(const struct reading *r, sqlite3_stmt *s)
{
	return r->mapping.kind && r->mapping.process == sqlite3_column_int64(s, PROCESS) &&
	       strcmp(r->mapping.kind, (const char *)sqlite3_column_text(s, KIND)) == 0 &&
	       strcmp(r->mapping.name, (const char *)sqlite3_column_text(s, NAME)) == 0;
}

static void end_group(struct reading *r)
{
	if (r->mapping.kind)
		r->fn(r->context, &r->mapping);
	for (int t = 0; t < 3; t++) {
		free(r->texts[t]);
		r->texts[t] = NULL;
	}
	r->mapping = (struct run_mapping){0};
}

static char *copy(sqlite3_stmt *s, enum column column)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	return text ? strdup(text) : NULL;
}

static int begin_group(struct reading *r, sqlite3_stmt *s)
{
	r->texts[0] = copy(s, PROGRAM);
	r->texts[1] = copy(s, KIND);
	r->texts[2] = copy(s, NAME);
	if (!r->texts[1] || !r->texts[2])
		return -ENOMEM;
	r->mapping =
		(struct run_mapping){sqlite3_column_int64(s, PROCESS), sqlite3_column_int64(s, PID),
			r->texts[0], r->texts[1], r->texts[2], r->held, r->count};
	r->filled = 0;
	return 0;
}

static int read_rows(struct reading *r, struct run *run, sqlite3_stmt *s)
{
	double held = 0, count = 0;
	int code = 0;

	while (!code && run_next(run, s)) {
		if (!same_group(r, s)) {
			fill(r, INFINITY, held, count);
			end_group(r);
			code = begin_group(r, s);
			held = count = 0;
		}
		fill(r, sqlite3_column_double(s, TIME), held, count);
		held = sqlite3_column_double(s, HELD);
		count = sqlite3_column_double(s, COUNT);
	}
	fill(r, INFINITY, held, count);
	if (code || run_error(run))
		r->mapping.kind = NULL;
	end_group(r);
	return code ? code : run_error(run) ? -EIO : 0;
}

int run_mappings(
	struct run *run, const size_t *samples, size_t n, run_mapping_fn *fn, void *context)
{
	struct reading r = {.times = run_times(run),
		.samples = samples,
		.n = n,
		.held = calloc(n, sizeof(double)),
		.count = calloc(n, sizeof(double)),
		.fn = fn,
		.context = context};
	sqlite3_stmt *s = NULL;
	int code = -ENOMEM;

	if (r.held && r.count && r.times)
		code = run_prepare(run, rows, &s) ? read_rows(&r, run, s) : -ENOENT;
	sqlite3_finalize(s);
	free(r.held);
	free(r.count);
	return code;
}
