/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What happens at a tick: one sample; and once a second: slow metrics, gains of the counters, a
 * commit, the status. Called by loop.c and session.c.
 */
#include <math.h>

#include "collectors/churn.h"
#include "soak/record/series.h"
#include "soak/run/places.h"
#include "soak/run/session_state.h"

/* A quiet target is compared exactly at the first attempt. */
#define MOST_ATTEMPTS 200
#define FEWEST_ATTEMPTS 5
#define ATTEMPTS_NS 200000000ull
#define STATUS_WINDOW_NS                                                                           \
	2000000000ull /* without a given warm-up, the status line's window begins here */

void tick_sample(struct session *session, uint64_t due_ns)
{
	uint64_t now = session->now_ns = clocks_now();
	struct sample sample;

	sample_clear(&sample);
	sources_fill(session, &sample);
	sample.v[METRIC_t_ns] = now - session->start_ns;
	sample.v[METRIC_late_ns] = now > due_ns ? now - due_ns : 0;
	sample.v[METRIC_missed_ticks] = session->missed;
	if (sample.v[METRIC_threads] > session->most_threads)
		session->most_threads = sample.v[METRIC_threads];
	recorder_sample(session->recorder, &sample);
	session->last = sample;
}

static void fill_window_status(struct session *session, struct session_status *status)
{
	const struct sample *from = &session->window, *to = &session->last;
	double seconds = (to->v[METRIC_t_ns] - from->v[METRIC_t_ns]) / 1e9;

	status->drift_pct_per_h = NAN;
	status->calls_per_op = NAN;
	if (seconds <= 0)
		return;
	status->drift_pct_per_h =
		(series_of_sample(SERIES_RSS, to) / series_of_sample(SERIES_RSS, from) - 1) * 100 *
		3600 / seconds;
	status->calls_per_op =
		series_rate(SERIES_BUDGET_CALLS, from, to) / series_rate(SERIES_OPS, from, to);
}

static void report_status(struct session *session)
{
	const struct session_options *options = session->options;
	double warmup_ns = options->warmup_s < 0 ? STATUS_WINDOW_NS : options->warmup_s * 1e9;
	struct tree_losses losses = tree_losses(session->tree);
	struct session_status status = {
		.elapsed_s = session->last.v[METRIC_t_ns] / 1e9,
		.total_s = options->duration_ns / 1e9,
		.ops_per_s = series_rate(SERIES_OPS, &session->second, &session->last),
		.faults_per_s = series_rate(SERIES_FAULTS, &session->second, &session->last),
		.rss_bytes = series_of_sample(SERIES_RSS, &session->last),
		.losses = session->missed + losses.events + losses.unfollowed + session->skipped,
	};

	if (session->last.v[METRIC_t_ns] >= warmup_ns && !session->window.v[METRIC_t_ns])
		session->window = session->last;
	if (session->window.v[METRIC_t_ns])
		fill_window_status(session, &status);
	else
		status.drift_pct_per_h = status.calls_per_op = NAN;
	session->second = session->last;
	if (options->on_status)
		options->on_status(options->context, &status);
}

struct gain_context {
	struct recorder *recorder;
	uint64_t now_ns;
};

static void write_gain(void *context, const struct process *process, uint32_t place,
	enum churn_kind kind, const struct caller_site *gain)
{
	const struct gain_context *gains = context;

	recorder_caller(gains->recorder, process, place, kind, gain, gains->now_ns);
}

void tick_calls(struct session *session, struct process *process, bool last, uint64_t now_ns)
{
	struct gain_context context = {session->recorder, now_ns};

	recorder_churn(session->recorder, process, now_ns);
	recorder_allocator(session->recorder, process);
	callers_gains(session->callers, process, last, write_gain, &context);
}

void tick_all_calls(struct session *session, bool last, uint64_t now_ns)
{
	callers_update(session->callers);
	for (size_t i = 0; i < tree_count(session->tree); i++)
		tick_calls(session, tree_process(session->tree, i), last, now_ns);
	if (session->probes)
		recorder_overflow_churn(session->recorder,
			&probes_slots(session->probes)[TREE_OVERFLOW_SLOT].churn, now_ns);
	places_record_new(session);
}

bool tick_second(struct session *session, uint64_t now_ns)
{
	scoped_text text = {0};

	if (now_ns < session->second_ns)
		return false;
	while (session->second_ns <= now_ns)
		session->second_ns += 1000000000ull;
	tick_all_calls(session, false, now_ns);
	if (clocks_check(&session->clocks, &text))
		recorder_event(session->recorder, now_ns, "clock", "%s", text_of(&text));
	tick_crosscheck(session);
	recorder_commit(session->recorder);
	report_status(session);
	return true;
}

static void read_perf(struct session *session, int64_t calls[CHURN_SYSCALL_COUNT])
{
	uint64_t counts[CHURN_SYSCALL_COUNT];

	if (session->perf)
		perf_counters_read(session->perf, counts);
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++)
		calls[c] = session->perf ? (int64_t)counts[c] : -1;
}

static void read_bpf(struct session *session, int64_t calls[CHURN_SYSCALL_COUNT])
{
	struct churn_counts counts;

	tree_churn(session->tree, &counts);
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++)
		calls[c] = session->probes ? (int64_t)churn_calls(&counts, c) : -1;
}

/*
 * How far perf is ahead of the probes, in a target that runs on meanwhile. That never changes, so
 * it lies where the bounds of all attempts overlap. A low end above the high end: the two did not
 * count the same.
 *
 * Low: perf is read first, and all processes that can have counted till then are in the table.
 * High: perf is read last; and as it counts a call after the probes do, a call that they have
 * counted may be on its way to perf. Its thread runs then, or waits for a CPU, until perf has
 * counted it.
 */
static int bracket_once(struct session *session, struct tick_lead *ret_lead)
{
	int64_t before[CHURN_SYSCALL_COUNT], bpf[CHURN_SYSCALL_COUNT], after[CHURN_SYSCALL_COUNT];
	size_t on_their_way;
	int code;

	read_perf(session, before);
	tree_update(session->tree);
	read_bpf(session, bpf);
	code = tree_running(session->tree, &on_their_way);
	read_perf(session, after);
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++) {
		ret_lead->low[c] = before[c] - bpf[c];
		ret_lead->high[c] = after[c] - bpf[c] + (int64_t)on_their_way;
	}
	return code;
}

/* Returns whether anything is left unsure. */
static bool narrow(struct tick_lead *lead, const struct tick_lead *other)
{
	bool unsure = false;

	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++) {
		lead->low[c] = lead->low[c] > other->low[c] ? lead->low[c] : other->low[c];
		lead->high[c] = lead->high[c] < other->high[c] ? lead->high[c] : other->high[c];
		unsure |= lead->low[c] < lead->high[c];
	}
	return unsure;
}

/* Without a pass over the tasks there is no bound: then all of perf's count is unsure. */
static void bracket_lead(struct session *session, struct tick_lead *lead)
{
	uint64_t start = clocks_now();
	struct tick_lead once;
	bool unsure = true;

	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++) {
		lead->low[c] = INT64_MIN / 8;
		lead->high[c] = INT64_MAX / 8;
	}
	for (int attempt = 0; unsure && attempt < MOST_ATTEMPTS; attempt++) {
		if (bracket_once(session, &once) == 0)
			unsure = narrow(lead, &once);
		if (attempt >= FEWEST_ATTEMPTS && clocks_now() - start > ATTEMPTS_NS)
			break;
	}
}

void tick_crosscheck_begin(struct session *session)
{
	if (session->probes && session->perf)
		bracket_lead(session, &session->lead);
}

void tick_crosscheck(struct session *session)
{
	int64_t bpf[CHURN_SYSCALL_COUNT], perf[CHURN_SYSCALL_COUNT];

	read_bpf(session, bpf);
	read_perf(session, perf);
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++)
		recorder_crosscheck(session->recorder, churn_syscall_name(c), bpf[c],
			perf[c] < 0 ? -1 : perf[c] - session->lead.low[c]);
}

/* By how much the lead must have changed since the beginning: 0 if both times' brackets overlap. */
static int64_t change(const struct tick_lead *from, const struct tick_lead *to, int c)
{
	if (to->low[c] > from->high[c])
		return to->low[c] - from->high[c];
	if (to->high[c] < from->low[c])
		return to->high[c] - from->low[c];
	return 0;
}

void tick_crosscheck_end(struct session *session)
{
	int64_t bpf[CHURN_SYSCALL_COUNT], most_unsure = 0;
	struct tick_lead now;

	if (session->options->attach <= 0 || !session->probes || !session->perf) {
		tick_crosscheck(session);
		return;
	}
	bracket_lead(session, &now);
	tree_update(session->tree);
	read_bpf(session, bpf);
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++) {
		int64_t unsure =
			now.high[c] - now.low[c] + session->lead.high[c] - session->lead.low[c];

		recorder_crosscheck(session->recorder, churn_syscall_name(c), bpf[c],
			bpf[c] + change(&session->lead, &now, c));
		if (unsure > 0)
			recorder_event(session->recorder, clocks_now(), "crosscheck",
				"%s: compared to within the %lld calls that went on meanwhile",
				churn_syscall_name(c), (long long)unsure);
		most_unsure = unsure > most_unsure ? unsure : most_unsure;
	}
	recorder_fact(session->recorder, "cross_unsure", "%lld", (long long)most_unsure);
}
