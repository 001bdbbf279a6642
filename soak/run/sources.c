/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of sources: each that fills fields of a sample has one row. Called by session.c, tick.c
 * and facts.c, which know none by name.
 */
#include <errno.h>
#include <string.h>

#include "collectors/allocator_calls.h"
#include "collectors/memory.h"
#include "collectors/open_files.h"
#include "collectors/self.h"
#include "collectors/uncounted.h"
#include "soak/run/session_state.h"

static void fill_ops(struct session *session, struct sample *sample)
{
	static const enum metric metrics[SOAKOPS_KINDS] = {
		[SOAKOPS_ALLOC] = METRIC_ops_alloc,
		[SOAKOPS_FREE] = METRIC_ops_free,
		[SOAKOPS_REALLOC] = METRIC_ops_realloc,
	};
	uint64_t counts[SOAKOPS_KINDS];

	if (!session->page)
		return;
	ops_page_sum(session->page, session->ops == OPS_PRELOAD ? SOAKOPS_PRELOAD : SOAKOPS_PROGRAM,
		counts);
	for (int k = 0; k < SOAKOPS_KINDS; k++)
		sample->v[metrics[k]] = counts[k] - session->ops_base[k];
}

static void fill_marks(struct session *session, struct sample *sample)
{
	(void)sample;
	marks_record(&session->marks, session->recorder, session->start_ns, session->now_ns);
	marks_record_planned(&session->marks, &session->options->marks, session->recorder,
		session->start_ns, session->now_ns);
}

static void end_marks(struct session *session)
{
	uint64_t lost = marks_lost(&session->marks);

	if (!lost)
		return;
	recorder_fact(session->recorder, "lost_marks", "%llu", (unsigned long long)lost);
	session_warn(session,
		"%llu marks of the program were lost: more than %u between two samples; sample "
		"more often: --interval",
		(unsigned long long)lost, SOAKOPS_MARKS);
}

/* Of the target's programs, those that count no ops: where these come from a page of ours. */
static int begin_uncounted(struct session *session)
{
	const char *library = session->ops == OPS_PRELOAD ? session->counter_path : "";
	int code;

	if (!session->probes || session->page_fd < 0)
		return 0;
	code = uncounted_watch(session->probes, session->page_fd, library);
	if (code)
		session_warn(session, "programs that count no ops are not told apart: %s",
			strerror(-code));
	return 0;
}

static void fill_uncounted(struct session *session, struct sample *sample)
{
	uncounted_fill(session->probes, sample);
}

/* Programs whose ops are in no figure per op: how many, which, and how many calls they made. */
static void end_uncounted(struct session *session)
{
	struct sample sample;
	scoped_text names = {0};

	sample_clear(&sample);
	uncounted_fill(session->probes, &sample);
	if (sample.v[METRIC_uncounted_programs] == SAMPLE_NONE) {
		if (session->page)
			recorder_event(session->recorder, session->end_ns, "absent",
				"programs that counted none of their ops: only the probes "
				"find them");
		return;
	}
	recorder_fact(session->recorder, "uncounted_programs", "%lld",
		(long long)sample.v[METRIC_uncounted_programs]);
	recorder_fact(session->recorder, "uncounted_calls", "%lld",
		(long long)sample.v[METRIC_uncounted_calls]);
	uncounted_names(session->probes, &names);
	if (!names.length)
		return;
	recorder_fact(session->recorder, "uncounted_names", "%s", text_of(&names));
	session_warn(session, "%lld program%s counted none of their ops: %s",
		(long long)sample.v[METRIC_uncounted_programs],
		sample.v[METRIC_uncounted_programs] == 1 ? "" : "s", text_of(&names));
}

/* Without probes the calls are perf's; which of the two it was stands in the facts. */
static void fill_calls_by_perf(struct session *session, struct sample *sample)
{
	uint64_t calls[CHURN_SYSCALL_COUNT];

	if (session->probes || !session->perf)
		return;
	perf_counters_read(session->perf, calls);
#define X(name) sample->v[METRIC_##name] = calls[CHURN_##name];
	CHURN_SYSCALLS(X)
#undef X
}

static void fill_memory(struct session *session, struct sample *sample)
{
	memory_fill(session->probes, session->tree, sample);
}

static void fill_smaps(struct session *session, struct sample *sample)
{
	smaps_fill(&session->smaps, session->tree, session->now_ns, sample);
}

static int begin_mappings(struct session *session)
{
	session->mappings = mappings_new();
	return session->mappings ? 0 : -ENOMEM;
}

static void write_mapping(void *context, const struct mapping_group *group)
{
	struct session *session = context;

	recorder_mapping(session->recorder, group, session->now_ns);
}

/* A reading at the end of a run makes the growth up to it known. */
static void fill_mappings(struct session *session, struct sample *sample)
{
	if (!session->mappings || session->end_ns ||
		(!session->last_sample && !mappings_due(session->mappings, session->now_ns)))
		return;
	if (!mappings_read(session->mappings, session->tree, session->now_ns, write_mapping,
		    session, sample))
		return;
	session_warn(session, "mappings are no longer read: out of memory");
	mappings_free(session->mappings);
	session->mappings = NULL;
}

static int begin_host(struct session *session)
{
	host_init(&session->host);
	return 0;
}

static void fill_host(struct session *session, struct sample *sample)
{
	host_fill(&session->host, sample);
}

static void end_host(struct session *session)
{
	if (session->host.oom_kills >= 0)
		recorder_fact(session->recorder, "oom_kills", "%lld",
			(long long)(host_oom_kills() - session->host.oom_kills));
}

static void fill_skipped(struct session *session, struct sample *sample)
{
	if (!session->probes)
		return;
	session->skipped = probes_skipped(session->probes, NULL);
	sample->v[METRIC_skipped_probes] = session->skipped;
}

static void end_skipped(struct session *session)
{
	scoped_text which = {0};
	uint64_t skipped = session->probes ? probes_skipped(session->probes, &which) : 0;

	recorder_fact(session->recorder, "skipped_probes", "%llu", (unsigned long long)skipped);
	if (skipped)
		recorder_event(session->recorder, session->end_ns, "skipped",
			"probes that the kernel skipped: %s", text_of(&which));
}

static int begin_self(struct session *session)
{
	session->self_cpu_base_ns = self_cpu_ns();
	return 0;
}

static void fill_self(struct session *session, struct sample *sample)
{
	self_fill(session->self_cpu_base_ns, sample);
}

/* In this order: counts before memory, for ops and calls belong to the same instant. */
static const struct {
	int (*begin)(struct session *session);
	void (*walk)(struct tree *tree, struct sample *sample); /* what needs the processes alone */
	void (*fill)(struct session *session, struct sample *sample);
	void (*end)(struct session *session);
	bool rarely; /* once a second, instead of at each tick */
} sources[] = {
	{.fill = fill_ops},
	{.fill = fill_marks, .end = end_marks},
	{.walk = tree_fill},
	{begin_uncounted, NULL, fill_uncounted, end_uncounted},
	{.fill = fill_calls_by_perf},
	{.fill = fill_memory},
	{.walk = allocator_calls_fill},
	{heap_begin, NULL, heap_fill, heap_end},
	{NULL, NULL, heap_sampling_fill, heap_sampling_end},
	{.fill = fill_smaps, .rarely = true},
	{begin_mappings, NULL, fill_mappings},
	{.walk = open_files_fill, .rarely = true},
	{begin_host, NULL, fill_host, end_host, .rarely = true},
	{.fill = fill_skipped, .end = end_skipped, .rarely = true},
	{.begin = begin_self, .fill = fill_self, .rarely = true},
};

#define SOURCES (sizeof(sources) / sizeof(*sources))

int sources_begin(struct session *session)
{
	int code = 0;

	for (size_t i = 0; !code && i < SOURCES; i++)
		if (sources[i].begin)
			code = sources[i].begin(session);
	return code;
}

void sources_fill(struct session *session, struct sample *sample)
{
	for (size_t i = 0; i < SOURCES; i++) {
		if (sources[i].rarely && session->now_ns < session->second_ns)
			continue;
		if (sources[i].walk)
			sources[i].walk(session->tree, sample);
		else
			sources[i].fill(session, sample);
	}
}

void sources_end(struct session *session)
{
	for (size_t i = 0; i < SOURCES; i++)
		if (sources[i].end)
			sources[i].end(session);
}
