/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The catalogue of series, and its sums: see series.h. Called by all that read runs, and by tick.c
 * of the run that goes on.
 */
#include <math.h>
#include <stdlib.h>

#include "soak/record/run_database.h"
#include "soak/record/run_reader.h"
#include "soak/record/series.h"

#define NS_PER_S 1e9

#define NATIVE .imported = METRIC_COUNT
#define GAUGE .scale = 1.0, NATIVE
#define COUNTER .counter = true, .scale = 1.0, NATIVE
#define SECONDS .counter = true, .scale = NS_PER_S, NATIVE

const struct series_info series_info[SERIES_COUNT] = {
	[SERIES_RSS] = {"rss", "RSS", "bytes", false, 1.0, 3, 0,
		{METRIC_rss_anon_bytes, METRIC_rss_file_bytes, METRIC_rss_shmem_bytes},
		METRIC_imported_rss_bytes},
	[SERIES_LAZYFREE] = {"lazyfree", "LazyFree", "bytes", .count = 1,
		.parts = {METRIC_lazyfree_bytes}, GAUGE},
	[SERIES_FILE] = {"file", "file-backed RSS", "bytes", .count = 2,
		.parts = {METRIC_rss_file_bytes, METRIC_rss_shmem_bytes}, GAUGE},
	[SERIES_MEMORY] = {"memory", "memory with swap and page tables", "bytes", .count = 4,
		.parts = {METRIC_rss_anon_bytes, METRIC_rss_shmem_bytes, METRIC_swap_bytes,
			METRIC_pgtables_bytes},
		GAUGE},
	[SERIES_SHMEM] = {"shmem", "shared RSS", "bytes", .count = 1,
		.parts = {METRIC_rss_shmem_bytes}, GAUGE},
	[SERIES_SWAP] = {"swap", "swapped memory", "bytes", .count = 1,
		.parts = {METRIC_swap_bytes}, GAUGE},
	[SERIES_PGTABLES] = {"pgtables", "page tables", "bytes", .count = 1,
		.parts = {METRIC_pgtables_bytes}, GAUGE},
	[SERIES_OPS] = {"ops", "count of ops", "ops", true, 1.0, 3, 0,
		{METRIC_ops_alloc, METRIC_ops_free, METRIC_ops_realloc}, METRIC_imported_ops},
	[SERIES_BUDGET_CALLS] = {"budget", "kernel counters", "calls", .count = 4,
		.parts = {METRIC_mmap, METRIC_munmap, METRIC_madvise, METRIC_process_madvise},
		COUNTER},
	[SERIES_CHURN_CALLS] = {"churn", "kernel counters", "calls", .count = 3,
		.parts = {METRIC_brk, METRIC_mremap, METRIC_mprotect}, COUNTER},
	[SERIES_ALL_CALLS] = {"calls", "kernel counters", "calls", .count = 7,
		.parts = {METRIC_mmap, METRIC_munmap, METRIC_madvise, METRIC_process_madvise,
			METRIC_brk, METRIC_mremap, METRIC_mprotect},
		COUNTER},
	[SERIES_ALLOCATOR_CALLS] = {"allocator_calls", "calls of the allocator", "calls",
		.count = 1, .parts = {METRIC_allocator_calls}, COUNTER},
	[SERIES_ALLOCATOR_OR_UNKNOWN_CALLS] = {"allocator_or_unknown_calls",
		"calls of the allocator", "calls", COUNTER},
	[SERIES_FAULTS] = {"faults", "page fault counts", "faults", .count = 2,
		.parts = {METRIC_minflt, METRIC_majflt}, COUNTER},
	[SERIES_CPU] = {"cpu", "CPU time", "s", .count = 1, .parts = {METRIC_cpu_ns}, SECONDS},
	[SERIES_OTHER_CPU] = {"other_cpu", "CPU time of others", "s", .count = 3, .negative = 2,
		.parts = {METRIC_host_busy_ns, METRIC_cpu_ns, METRIC_self_cpu_ns}, SECONDS},
	[SERIES_STEAL] = {"steal", "stolen CPU time", "s", .count = 1, .parts = {METRIC_steal_ns},
		SECONDS},
	[SERIES_SPEED_RUNS] = {"speed_runs", "measurements of CPU speed", "runs", .count = 1,
		.parts = {METRIC_speed_runs}, COUNTER},
	[SERIES_SPEED] = {"speed", "measurements of CPU speed", "s", .count = 1,
		.parts = {METRIC_speed_ns}, SECONDS},
	[SERIES_THREADS] = {"threads", "threads", "threads", .count = 1, .parts = {METRIC_threads},
		GAUGE},
	[SERIES_OPEN_FDS] = {"open_fds", "open descriptors", "descriptors", .count = 1,
		.parts = {METRIC_open_fds}, GAUGE},
	[SERIES_MAPPINGS] = {"mappings", "mappings", "mappings", .count = 1, .parts = {METRIC_vmas},
		GAUGE},
	[SERIES_IN_USE] = {"in_use", "bytes in use", "bytes", .count = 1,
		.parts = {METRIC_allocator_in_use_bytes}, GAUGE},
	[SERIES_COMMITTED] = {"committed", "committed bytes", "bytes", .count = 1,
		.parts = {METRIC_allocator_committed_bytes}, GAUGE},
	[SERIES_UNCOUNTED_CALLS] = {"uncounted_calls", "calls of uncounted programs", "calls",
		.count = 1, .parts = {METRIC_uncounted_calls}, COUNTER},
	[SERIES_UNCOUNTED_CHURN] = {"uncounted_churn", "calls of uncounted programs", "calls",
		.count = 1, .parts = {METRIC_uncounted_churn}, COUNTER},
};

static double signed_part(const struct series_info *info, int part, double value)
{
	return part < info->count - info->negative ? value : -value;
}

/* Returns false if nothing was ever read of it. */
static bool add_up(struct run *run, const struct series_info *info, double *sum)
{
	size_t n = run_sample_count(run);
	bool any = false;

	for (int p = 0; p < info->count; p++) {
		const double *part = run_series(run, info->parts[p]);

		if (!part)
			return false;
		for (size_t i = 0; i < n; i++)
			sum[i] = (p ? sum[i] : 0.0) + signed_part(info, p, part[i]);
	}
	for (size_t i = 0; info->count && i < n; i++) {
		sum[i] /= info->scale;
		any = any || !isnan(sum[i]);
	}
	return any;
}

const double *run_sum(struct run *run, enum series_id series)
{
	const struct series_info *info = &series_info[series];
	const struct series_info imported = {
		.count = 1, .scale = info->scale, .parts = {info->imported}};
	size_t n = run_sample_count(run);
	double **place = run_sum_place(run, series);

	if (*place)
		return *place;
	*place = malloc((n ? n : 1) * sizeof(**place));
	if (!*place || add_up(run, info, *place) ||
		(info->imported != METRIC_COUNT && add_up(run, &imported, *place)))
		return *place;
	free(*place);
	*place = NULL;
	return NULL;
}

double series_of_sample(enum series_id series, const struct sample *sample)
{
	const struct series_info *info = &series_info[series];
	double sum = 0.0;

	for (int p = 0; p < info->count; p++) {
		int64_t value = sample->v[info->parts[p]];

		sum += value == SAMPLE_NONE ? NAN : signed_part(info, p, (double)value);
	}
	return sum / info->scale;
}

double series_rate(enum series_id series, const struct sample *from, const struct sample *to)
{
	double seconds = (double)(to->v[METRIC_t_ns] - from->v[METRIC_t_ns]) / NS_PER_S;
	double gain = series_of_sample(series, to) - series_of_sample(series, from);

	return seconds > 0.0 ? gain / seconds : NAN;
}

bool series_ends(const double *values, const double *also, size_t *first, size_t *last)
{
	also = also ? also : values;
	while (*first < *last && (isnan(values[*first]) || isnan(also[*first])))
		++*first;
	while (*last > *first && (isnan(values[*last]) || isnan(also[*last])))
		--*last;
	return *last > *first;
}

struct series_gain series_gain(
	const double *t, const double *values, size_t n, double from_s, double to_s)
{
	struct series_gain gain = {NAN, NAN};
	size_t first = 0, last;

	while (n > 0 && t[n - 1] > to_s)
		n--;
	while (first < n && t[first] < from_s)
		first++;
	if (!values || first >= n)
		return gain;
	last = n - 1;
	if (series_ends(values, NULL, &first, &last))
		gain = (struct series_gain){values[last] - values[first], t[last] - t[first]};
	return gain;
}
