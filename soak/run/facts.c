/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the run is, written into the run file when it begins and when it ends. docs/run-file.md
 * lists the facts. Called by session.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "collectors/address_spaces.h"
#include "collectors/uncounted.h"
#include "soak/run/session_state.h"
#include "soak/run/signals.h"

static void fact_time(struct recorder *recorder, const char *key)
{
	time_t now = time(NULL);
	struct tm utc;
	char text[32];

	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	recorder_fact(recorder, key, "%s", text);
}

static void fact_host(struct recorder *recorder)
{
	struct utsname names;
	char text[256];

	uname(&names);
	recorder_fact(recorder, "host", "%s", names.nodename);
	recorder_fact(recorder, "kernel", "%s %s", names.sysname, names.release);
	recorder_fact(recorder, "machine", "%s", names.machine);
	host_cpu_model(text, sizeof(text));
	recorder_fact(recorder, "host_cpu", "%s", text);
	recorder_fact(recorder, "host_cpus", "%ld", sysconf(_SC_NPROCESSORS_ONLN));
	recorder_fact(recorder, "page_bytes", "%ld", sysconf(_SC_PAGESIZE));
	host_thp_mode(text, sizeof(text));
	if (text[0])
		recorder_fact(recorder, "thp", "%s", text);
}

/* Quoted so that a shell would take it back. A built-in program's own place is of no interest. */
static void fact_words(struct recorder *recorder, const char *key, char **words, bool built_in)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	for (char **word = words; out && *word; word++) {
		const char *slash = word == words && built_in ? strrchr(*word, '/') : NULL;
		bool plain = **word && !strpbrk(*word, " \t\n'\"\\$`&|;<>()*?[]#~!{}");

		if (word != words)
			fputc(' ', out);
		if (slash || plain) {
			fputs(slash ? slash + 1 : *word, out);
			continue;
		}
		fputc('\'', out);
		for (const char *c = *word; *c; c++)
			*c == '\'' ? fputs("'\\''", out) : fputc(*c, out);
		fputc('\'', out);
	}
	if (out && fclose(out) == 0)
		recorder_fact(recorder, key, "%s", text);
	free(text);
}

static void fact_sources(struct session *session)
{
	struct recorder *recorder = session->recorder;

	if (!session->probes)
		recorder_event(recorder, session->start_ns, "absent", "kernel probes: %s",
			session->options->without_probes ? "left out, by --no-bpf"
							 : "they did not load, see the warning");
	for (int f = 0; session->probes && f < PROBE_FEATURE_COUNT; f++) {
		const char *absent = probes_absent(session->probes, f);

		if (absent)
			recorder_event(recorder, session->start_ns, "absent", "%s: %s",
				probe_feature_name(f), absent);
	}
	if ((!session->probes || probes_absent(session->probes, PROBE_MEMORY)) &&
		!address_spaces_comparable())
		recorder_event(recorder, session->start_ns, "absent",
			"comparing address spaces (kcmp): memory that processes share by vfork or "
			"CLONE_VM is counted for each");
	recorder_fact(recorder, "calls_source", "%s",
		session->probes ? "bpf"
		: session->perf ? "perf"
				: "none");
	if (session->probes)
		recorder_fact(recorder, "calls_hooks", "%s", probes_hooks(session->probes));
	recorder_fact(recorder, "calls_second_source", "%s",
		session->probes && session->perf ? "perf" : "none");
	recorder_fact(recorder, "rss_source", "%s",
		session->probes && !probes_absent(session->probes, PROBE_MEMORY) ? "bpf"
										 : "procfs");
}

/*
 * What this run was told not to measure, or what a process that runs already does not offer: rules
 * that need it are not judged. What should be measured and cannot be is not among it.
 */
static void fact_left_out(struct session *session)
{
	const struct session_options *options = session->options;
	bool no_ops =
		session->ops == OPS_NONE && !session->no_counter.length &&
		(options->ops == OPS_NONE || (options->attach > 0 && options->ops == OPS_AUTO));
	scoped_text list = {0};

	if (no_ops)
		text_item(&list, " ", "ops");
	if (options->without_probes)
		text_item(&list, " ", "probes");
	if (options->without_perf)
		text_item(&list, " ", "perf");
	if (options->without_callers || options->without_probes)
		text_item(&list, " ", "callers");
	if (list.length)
		recorder_fact(session->recorder, "left_out", "%s", text_of(&list));
}

static void facts_allocator(struct session *session)
{
	const struct allocator *allocator = &session->allocator;
	struct recorder *recorder = session->recorder;

	recorder_fact(recorder, "allocator", "%s", allocator->name);
	recorder_fact(recorder, "allocator_path", "%s", allocator->path);
	recorder_fact(recorder, "allocator_version", "%s", allocator->version);
	recorder_fact(recorder, "allocator_build_id", "%s", allocator->build_id);
	recorder_fact(recorder, "allocator_preloaded", "%s",
		session->options->allocator && session->options->attach <= 0 ? "yes" : "no");
}

/* The name without its process id: the same service is the same command after a restart. */
static void fact_attached(struct recorder *recorder, const struct session_options *options)
{
	scoped_text pids = {0};

	for (size_t i = 0; i < options->attach_count; i++)
		text_item(&pids, " ", "%d", options->attach_all[i]);
	recorder_fact(recorder, "command", "%s", options->attach_name);
	recorder_fact(recorder, "attached", "%s", text_of(&pids));
}

void facts_begin(struct session *session)
{
	static const char *const ops_names[] = {
		[OPS_PAGE] = "page", [OPS_PRELOAD] = "preload", [OPS_NONE] = "none"};
	const struct session_options *options = session->options;
	struct recorder *recorder = session->recorder;

	recorder_fact(recorder, "soak_version", "%s", SOAK_VERSION);
	fact_time(recorder, "start_utc");
	fact_host(recorder);
	if (options->command)
		fact_words(recorder, "command", options->command, options->workload);
	else
		fact_attached(recorder, options);
	if (options->workload)
		recorder_fact(recorder, "workload", "%s", options->workload);
	recorder_fact(recorder, "user", "%s", options->user ? options->user : "");
	if (options->environment && options->environment[0])
		fact_words(recorder, "environment", options->environment, false);
	if (options->job) {
		recorder_fact(recorder, "job", "%s", options->job);
		recorder_fact(recorder, "variant", "%s", options->variant);
		recorder_fact(recorder, "round", "%u", options->round);
	}
	recorder_fact(recorder, "interval_ms", "%g", options->interval_ns / 1e6);
	recorder_fact(recorder, "requested_s", "%g", options->duration_ns / 1e9);
	if (options->confidence > 0)
		recorder_fact(recorder, "confidence", "%.9f", options->confidence);
	if (options->warmup_s >= 0)
		recorder_fact(recorder, "warmup_s", "%g", options->warmup_s);
	facts_allocator(session);
	recorder_fact(recorder, "ops", "%s", ops_names[session->ops]);
	fact_left_out(session);
	if (options->profile)
		recorder_fact(recorder, "profile", "%s", options->profile);
	if (options->judge_options && options->judge_options[0])
		recorder_fact(recorder, "judge_options", "%s", options->judge_options);
	if (options->exclude && options->exclude[0])
		recorder_fact(recorder, "exclude", "%s", options->exclude);
	fact_sources(session);
	recorder_event(recorder, session->start_ns, "start", "observation began");
}

static void fact_target_status(struct session *session)
{
	int status = session->result->wait_status;
	struct recorder *recorder = session->recorder;

	if (status < 0)
		return;
	if (session->result->ended) {
		recorder_fact(recorder, "target_exit_pid", "%d", session->result->ended);
		recorder_fact(recorder, "target_exit_name", "%.15s", session->result->ended_name);
	}
	if (WIFSIGNALED(status))
		recorder_fact(recorder, "target_signal", "%s", signals_name(WTERMSIG(status)).text);
	else
		recorder_fact(recorder, "target_exit_status", "%d", WEXITSTATUS(status));
}

/* Why the run has no ops, if it has none. */
static const char *ops_absent(const struct session *session)
{
	uint64_t counts[SOAKOPS_KINDS], sum = 0;

	if (session->no_counter.length)
		return text_of(&session->no_counter);
	if (session->ops == OPS_NONE)
		return session->options->attach_count > 1
			       ? "several processes are observed, each of which would count its own"
		       : session->options->attach > 0
			       ? "the process publishes no ops (soakops.h, or libsoakops.so)"
			       : "ops were not counted (--ops none)";
	ops_page_sum(session->page, session->ops == OPS_PRELOAD ? SOAKOPS_PRELOAD : SOAKOPS_PROGRAM,
		counts);
	for (int k = 0; k < SOAKOPS_KINDS; k++)
		sum += counts[k];
	if (sum)
		return NULL;
	return session->ops == OPS_PRELOAD
		       ? "libsoakops.so counted nothing: is the target statically linked or "
			 "set-uid?"
		       : "the target published no ops (soakops.h); try --ops preload";
}

/*
 * procfs's RSS lags: by up to 64 page events a thread before Linux 6.2, by up to 32 pages a CPU
 * since (mm/memory.c, lib/percpu_counter.c). No drift finer than that is told.
 */
static void fact_rss_step(struct session *session)
{
	long threads = session->most_threads > 0 ? session->most_threads : 1;
	long cpus = sysconf(_SC_NPROCESSORS_CONF), pages = 64 * threads;

	if (session->probes && !probes_absent(session->probes, PROBE_MEMORY))
		return;
	pages = pages > 32 * cpus ? pages : 32 * cpus;
	recorder_fact(session->recorder, "rss_step_bytes", "%ld", pages * sysconf(_SC_PAGESIZE));
}

/* Calls that are in no count; no fact, where the kernel does not tell of them. */
static void fact_unseen(
	struct session *session, enum probe_feature feature, const char *key, uint64_t count)
{
	if (session->probes && !probes_absent(session->probes, feature))
		recorder_fact(session->recorder, key, "%llu", (unsigned long long)count);
}

void facts_end(struct session *session)
{
	struct tree_losses losses = tree_losses(session->tree);
	struct recorder *recorder = session->recorder;
	const char *absent = ops_absent(session);

	sources_end(session);
	fact_time(recorder, "end_utc");
	recorder_fact(recorder, "end_reason", "%s", text_of(&session->end_reason));
	recorder_fact(recorder, "duration_s", "%.3f", (session->end_ns - session->start_ns) / 1e9);
	recorder_fact(recorder, "end_ns", "%llu",
		(unsigned long long)(session->end_ns - session->start_ns));
	recorder_fact(recorder, "interrupted", "%s", session->result->interrupted ? "yes" : "no");
	recorder_fact(recorder, "stopped_by_soak", "%s", session->stopped_by_us ? "yes" : "no");
	fact_target_status(session);
	if (absent)
		recorder_fact(recorder, "ops_absent", "%s", absent);
	if (session->probes && session->perf &&
		probes_uncounted_births(session->probes) != session->births_before)
		text_set(&session->cross_absent,
			"%llu threads or processes were being started when perf_event counters "
			"were opened, which do not count them",
			(unsigned long long)(probes_uncounted_births(session->probes) -
					     session->births_before));
	if (session->cross_absent.length)
		recorder_fact(recorder, "cross_absent", "%s", text_of(&session->cross_absent));
	if (losses.secure_execs)
		recorder_fact(recorder, "cross_absent",
			"a set-uid program was executed, and the kernel ends perf_event "
			"counting there");
	facts_allocator(session); /* the target's own is known only now */
	recorder_fact(recorder, "allocator_verified", "%s", session->verify.seen ? "yes" : "no");
	recorder_fact(recorder, "compat_programs", "%llu", (unsigned long long)losses.compat_execs);
	fact_unseen(session, PROBE_COMPAT, "compat_calls", losses.compat_calls);
	fact_unseen(session, PROBE_RINGS, "ring_madvises", losses.ring_madvises);
	recorder_fact(recorder, "lost_events", "%llu", (unsigned long long)losses.events);
	recorder_fact(recorder, "unfollowed", "%llu",
		(unsigned long long)losses.unfollowed + session->unsure_threads);
	fact_rss_step(session);
	recorder_fact(recorder, "overflowed", "%llu", (unsigned long long)losses.overflowed);
	recorder_event(recorder, session->end_ns, "end", "%s", text_of(&session->end_reason));
}
