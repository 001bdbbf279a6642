/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fills the judge's input from a run file. Called by the verbs that judge. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "soak/judge/excluded.h"
#include "soak/judge/run_end.h"
#include "soak/judge/run_figures.h"
#include "soak/judge/run_input.h"
#include "soak/record/run_account.h"

/* The input, and what its pointers point to. */
struct run_input {
	struct judge_input input;
	double *own, *own_or_unknown; /* the allocator's calls, by their callers */
	struct judge_cross *cross, *allocator;
	struct judge_break *breaks;
	struct judge_mark *marks;
	struct run_end end;
};

/* Of an allocator without counters of its own: what was found to be its calls by their callers. */
static void find_allocator_calls(struct run *run, struct run_input *own)
{
	size_t n = run_sample_count(run);

	own->own = malloc((n ? n : 1) * sizeof(*own->own));
	own->own_or_unknown = malloc((n ? n : 1) * sizeof(*own->own));
	if (!own->own || !own->own_or_unknown ||
		run_account_allocator(run, own->own, own->own_or_unknown))
		return;
	for (size_t i = 0; i < n; i++)
		own->own_or_unknown[i] += own->own[i];
	own->input.series[SERIES_ALLOCATOR_CALLS] = own->own;
	own->input.series[SERIES_ALLOCATOR_OR_UNKNOWN_CALLS] = own->own_or_unknown;
}

/* The memory and allocators of processes beyond the table's size are in no sum. */
static void leave_overflow_out(struct judge_input *input)
{
	input->series[SERIES_RSS] = NULL;
	input->series[SERIES_MEMORY] = NULL;
	input->series[SERIES_ALLOCATOR_CALLS] = NULL;
	input->series[SERIES_ALLOCATOR_OR_UNKNOWN_CALLS] = NULL;
}

/*
 * Samples of the target's shutdown come last and are left out: those after the end of observation,
 * and those that found no process any more, whose counters hold what it did as it ended.
 */
static size_t observed_samples(
	struct run *run, double until_s, const double *times, const double *rss)
{
	double end_s = fmin(run_fact_number(run, "end_ns", INFINITY) / 1e9, until_s);
	size_t n = run_sample_count(run);

	while (n > 0 && (times[n - 1] > end_s || (rss && isnan(rss[n - 1]))))
		n--;
	return n;
}

static void take_series(struct run *run, double until_s, struct run_input *own)
{
	struct judge_input *input = &own->input;

	for (enum series_id s = 0; s < SERIES_COUNT; s++)
		input->series[s] = run_sum(run, s);
	if (!input->series[SERIES_ALLOCATOR_CALLS])
		find_allocator_calls(run, own);
	input->n = observed_samples(run, until_s, input->t_s, input->series[SERIES_RSS]);
	if (run_fact_number(run, "overflowed", 0) > 0)
		leave_overflow_out(input);
}

static bool fact_is(const struct run *run, const char *key, const char *value)
{
	const char *fact = run_fact(run, key);

	return fact && strcmp(fact, value) == 0;
}

static unsigned int left_out_of(struct run *run)
{
	static const struct {
		const char *name;
		enum left_out what;
	} names[] = {{"ops", LEFT_OUT_OPS}, {"probes", LEFT_OUT_PROBES}, {"perf", LEFT_OUT_PERF},
		{"callers", LEFT_OUT_CALLERS}};
	const char *fact = run_fact(run, "left_out");
	unsigned int left_out = 0;

	for (size_t n = 0; fact && n < sizeof(names) / sizeof(*names); n++)
		if (strstr(fact, names[n].name))
			left_out |= names[n].what;
	return left_out;
}

static void describe_ops(struct run *run, struct judge_input *input)
{
	const double *ops = input->series[SERIES_OPS];
	size_t n = run_sample_count(run);

	while (ops && n > 0 && isnan(ops[n - 1]))
		n--;
	input->ops_absent = run_fact(run, "ops_absent");
	if (!input->ops_absent && (!ops || n == 0 || ops[n - 1] <= 0))
		input->ops_absent = "no op was counted";
	if (input->ops_absent)
		input->series[SERIES_OPS] = NULL;
}

/* A source that lacks one system call only is NAN there; one that lacks all is absent. */
static void describe_crosscheck(struct run *run, const struct run_cross *rows,
	struct judge_cross *cross, size_t n, struct judge_input *input)
{
	size_t no_bpf = 0, no_perf = 0;

	for (size_t i = 0; i < n; i++) {
		no_bpf += rows[i].bpf < 0;
		no_perf += rows[i].perf < 0;
		cross[i] =
			(struct judge_cross){rows[i].syscall, rows[i].bpf < 0 ? NAN : rows[i].bpf,
				rows[i].perf < 0 ? NAN : rows[i].perf, 0, 0, NULL};
	}
	if (!run_fact(run, "end_reason"))
		input->cross_absent = "the recording broke off before its end";
	else if (run_fact(run, "cross_absent"))
		input->cross_absent = run_fact(run, "cross_absent");
	else if (!n)
		input->cross_absent = "the run has no table of both sources";
	else if (no_bpf == n)
		input->cross_absent = "there were no kernel probes";
	else if (no_perf == n)
		input->cross_absent = "there were no perf counters";
	if (!input->cross_absent) {
		input->cross = cross;
		input->ncross = n;
	}
}

static struct judge_cross *describe_allocator(struct run *run, struct judge_input *input)
{
	const struct run_allocator_calls *rows;
	size_t n = run_allocator_calls(run, &rows);
	struct judge_cross *cross = calloc(n ? n : 1, sizeof(*cross));

	for (size_t i = 0; cross && i < n; i++)
		cross[i] = (struct judge_cross){rows[i].syscall, rows[i].bpf, rows[i].own,
			rows[i].process, rows[i].unsure, rows[i].program};
	input->allocator = cross;
	input->nallocator = cross ? n : 0;
	return cross;
}

/* The last reading of a metric, or 0 if there never was one. */
static double last_of(struct run *run, enum metric metric, size_t n)
{
	const double *series = run_series(run, metric);

	while (series && n > 0 && isnan(series[n - 1]))
		n--;
	return series && n ? series[n - 1] : 0;
}

static void describe_losses(struct run *run, size_t n, struct judge_input *input)
{
	input->missed_ticks = last_of(run, METRIC_missed_ticks, input->n);
	input->lost_events =
		run_fact_number(run, "lost_events", last_of(run, METRIC_lost_events, n));
	input->compat = run_fact_number(run, "compat_programs", 0);
	input->compat_calls = run_fact_number(run, "compat_calls", 0);
	input->ring_madvises = run_fact_number(run, "ring_madvises", 0);
	input->unfollowed = run_fact_number(run, "unfollowed", 0);
	input->cross_unsure = run_fact_number(run, "cross_unsure", 0);
	input->skipped =
		run_fact_number(run, "skipped_probes", last_of(run, METRIC_skipped_probes, n));
	input->uncounted_names = run_fact(run, "uncounted_names");
}

/* The segments that soak import found: docs/importing.md. */
static int describe_breaks(struct run *run, struct run_input *own)
{
	const struct run_event *events;
	size_t n = run_events(run, &events), at = 0;
	struct judge_input *input = &own->input;

	own->breaks = calloc(n + 1, sizeof(*own->breaks));
	if (!own->breaks)
		return -ENOMEM;
	for (size_t e = 0; e < n && input->t_s; e++) {
		if (strcmp(events[e].kind, "segment") != 0)
			continue;
		while (at < input->n && input->t_s[at] < events[e].t_s)
			at++;
		own->breaks[input->nbreaks++] = (struct judge_break){
			at, strncmp(events[e].text, SEGMENT_RESTART, strlen(SEGMENT_RESTART)) == 0};
	}
	input->breaks = own->breaks;
	return 0;
}

/* Marks of the program are written when they are seen: a little later than those of soak mark. */
static void insert_mark(struct judge_mark mark, struct judge_mark *marks, size_t n)
{
	for (; n > 0 && marks[n - 1].t_s > mark.t_s; n--)
		marks[n] = marks[n - 1];
	marks[n] = mark;
}

static int describe_marks(struct run *run, double until_s, struct run_input *own)
{
	const struct run_event *events;
	size_t n = run_events(run, &events);
	struct judge_input *input = &own->input;

	own->marks = calloc(n + 1, sizeof(*own->marks));
	if (!own->marks)
		return -ENOMEM;
	for (size_t e = 0; e < n; e++)
		if (strcmp(events[e].kind, "mark") == 0 && events[e].t_s <= until_s)
			insert_mark((struct judge_mark){events[e].t_s, events[e].text}, own->marks,
				input->nmarks++);
	input->marks = own->marks;
	input->lost_marks = run_fact_number(run, "lost_marks", 0);
	return 0;
}

int run_input_new(struct run *run, double warmup_s, double until_s, struct run_input **ret_input)
{
	struct run_input *own = calloc(1, sizeof(*own));
	const struct run_cross *rows;
	size_t ncross = run_crosscheck(run, &rows), n = run_sample_count(run);
	struct judge_input *input = own ? &own->input : NULL;

	if (!own)
		return -ENOMEM;
	input->t_s = run_times(run);
	own->cross = calloc(ncross ? ncross : 1, sizeof(*own->cross));
	own->allocator = describe_allocator(run, input);
	if (!input->t_s || !own->cross || !own->allocator) {
		run_input_free(own);
		return -EIO;
	}
	take_series(run, until_s, own);
	if (describe_breaks(run, own) || describe_marks(run, until_s, own)) {
		run_input_free(own);
		return -ENOMEM;
	}
	input->page_bytes = fmax(run_fact_number(run, "page_bytes", 4096),
		run_fact_number(run, "rss_step_bytes", 0));
	input->peak_process_bytes = run_peak_of_process(run);
	input->imported = run_fact(run, "imported_format");
	input->warmup_s = isnan(warmup_s) ? run_fact_number(run, "warmup_s", -1) : warmup_s;
	describe_losses(run, n, input);
	input->left_out = left_out_of(run);
	describe_ops(run, input);
	run_end(run, &own->end);
	input->target_end = own->end.text.chars;
	input->target_failed = own->end.failed;
	input->target_aborted = own->end.aborted;
	input->target_status = own->end.status;
	input->target_end_unknown = own->end.unknown;
	if (fact_is(run, "allocator_preloaded", "yes") && fact_is(run, "allocator_verified", "no"))
		input->allocator_unseen = "the allocator was not seen to serve the target";
	describe_crosscheck(run, rows, own->cross, ncross, input);
	*ret_input = own;
	return 0;
}

void run_input_free(struct run_input *own)
{
	if (own) {
		text_release(&own->end.text);
		free(own->own);
		free(own->own_or_unknown);
		free(own->cross);
		free(own->allocator);
		free(own->breaks);
		free(own->marks);
	}
	free(own);
}

const struct judge_input *run_input_get(const struct run_input *own)
{
	return &own->input;
}

struct judge_settings run_input_settings(
	const struct run *run, const struct judge_settings *settings)
{
	struct judge_settings judged = *settings;
	const char *profile = run_fact(run, "profile"), *exclude = run_fact(run, "exclude");

	if (!judged.profile && profile)
		judge_settings_profile(&judged, profile, NULL);
	if (!judged.exclude_given && exclude)
		judge_settings_exclude(&judged, exclude, NULL);
	judged.confidence = run_fact_number(run, "confidence", settings->confidence);
	if (!(judged.until_s > 0.0))
		judged.until_s = run_fact_number(run, "judged_until_s", INFINITY);
	return judged;
}

int judge_recording(struct run *run, double warmup_s, const struct judge_settings *settings,
	struct judgement *ret_judgement)
{
	struct judge_settings judged = run_input_settings(run, settings);
	struct run_input *own;
	int code = run_input_new(run, warmup_s, judged.until_s, &own);

	if (code)
		return code;
	code = run_error(run) ? -EIO : judge_run(&own->input, &judged, ret_judgement);
	run_input_free(own);
	return code;
}

int run_input_window(struct run *run, const struct judgement *judgement, const char *text,
	struct judge_window *ret_window, struct text *error)
{
	struct run_input *input;
	int code;

	*ret_window = judgement->from_s <= judgement->to_s
			      ? (struct judge_window){judgement->from_s, judgement->to_s}
			      : (struct judge_window){0, INFINITY};
	if (!text)
		return 0;
	code = run_input_new(run, NAN, INFINITY, &input);
	if (code)
		return text_fail(error, code, "%s", strerror(-code));
	code = excluded_window(run_input_get(input), text, ret_window, error);
	run_input_free(input);
	return code;
}
