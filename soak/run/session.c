/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Prepares a recording, runs it and ends it. Called by soak run, attach, crosscheck and the
 * self-test; loop.c and tick.c do the work between.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "collectors/procfs.h"
#include "soak/run/account.h"
#include "soak/run/descriptors.h"
#include "soak/run/preload.h"
#include "soak/run/served.h"
#include "soak/run/places.h"
#include "soak/run/session_state.h"
#include "soak/run/signals.h"

#define MOST_EXECS_LISTED 200

static int fail(struct session *session, int code, const char *what)
{
	return text_fail(session->error, code, "%s: %s", what, strerror(-code));
}

static void on_started(void *context, struct process *process)
{
	struct session *session = context;

	if (session->start_ns) /* else begin_recording() writes it */
		recorder_process(session->recorder, process);
}

static void on_executed(void *context, struct process *process, const char *file)
{
	struct session *session = context;

	if (session->target && process->tgid == target_pid(session->target))
		verify_executed(session);
	callers_saw_program(session->callers, process->tgid, file);
	recorder_process(session->recorder, process);
	if (session->execs_listed++ < MOST_EXECS_LISTED)
		recorder_event(session->recorder, clocks_now(), "exec", "process %d: %s",
			process->tgid, file);
}

static void note_end(struct session *session, const struct process *process)
{
	session->result->wait_status = process->exit_code;
	if (session->options->attach_count < 2)
		return;
	session->result->ended = process->tgid;
	memcpy(session->result->ended_name, process->comm, sizeof(process->comm));
}

static void on_ended(void *context, struct process *process)
{
	struct session *session = context;

	/* Of several, that of one that failed. */
	for (size_t i = 0; process->live && i < session->options->attach_count; i++)
		if (session->options->attach_all[i] == process->tgid &&
			session->result->wait_status <= 0)
			note_end(session, process);
	callers_update(session->callers);
	tick_calls(session, process, true, process->end_ns);
	callers_forget(session->callers, process);
	recorder_process(session->recorder, process);
}

/* More than ops is asked of libsoakops.so. */
static bool needs_library(const struct session_options *options)
{
	return options->allocator_stats_ns || options->heap_sampling;
}

/* What the target will be given, found and checked before anything is created. */
static int find_libraries(struct session *session)
{
	const struct session_options *options = session->options;
	int code;

	session->ops = options->ops;
	if (options->attach > 0) {
		session->ops = OPS_NONE; /* until its page is found */
		snprintf(session->allocator.name, sizeof(session->allocator.name), "%s",
			options->allocator ? options->allocator : "unknown");
		return 0;
	}
	snprintf(session->allocator.name, sizeof(session->allocator.name), "its own allocator");
	code = options->allocator
		       ? allocator_find(options->allocator, &session->allocator, session->error)
		       : 0;
	if (code)
		return code;
	if (session->ops == OPS_AUTO)
		session->ops = options->workload ? OPS_PAGE : OPS_PRELOAD;
	if (needs_library(options) && session->ops == OPS_NONE)
		return text_fail(session->error, -EINVAL,
			"%s needs the ops page: leave out --ops none",
			options->heap_sampling ? "--heap-sampling" : "--allocator-stats");
	if (session->ops == OPS_PRELOAD || needs_library(options))
		return allocator_find_counter(session->counter_path, session->error);
	return 0;
}

static int try_preload(struct session *session, const char *counter, const char *library)
{
	int code;

	session->preload[0] = 0;
	if (!counter[0] && !library[0])
		return 0;
	code = preload_variable(counter, library, session->preload, sizeof(session->preload));
	if (code)
		return text_fail(session->error, code, "cannot preload %s: %s",
			library[0] ? library : counter, strerror(-code));
	return preload_try(session->preload, session->options->command[0], session->options->user,
		session->error);
}

/*
 * LD_PRELOAD for the target, tried out before it is used. The counter of ops is given up if it is
 * what does not load (the target's user may not read it, say) and nobody asked for it by name.
 */
static int prepare_preload(struct session *session)
{
	const char *library = session->options->allocator ? session->allocator.path : "";
	int code;

	if (session->options->attach > 0)
		return 0;
	code = try_preload(session, session->counter_path, library);
	if (!code || session->options->ops != OPS_AUTO || !session->counter_path[0] ||
		needs_library(session->options))
		return code;
	text_set(&session->no_counter, "%s", text_of(session->error));
	code = try_preload(session, "", library);
	if (code)
		return code;
	text_release(session->error);
	session->counter_path[0] = 0;
	session->ops = OPS_NONE;
	return 0;
}

static int check_user(struct session *session)
{
	struct account account;

	if (!session->options->user)
		return 0;
	return account_find(session->options->user, &account, session->error);
}

static int start_target(struct session *session)
{
	const char *environment[3] = {NULL};
	struct target_options options = {.argv = session->options->command,
		.given = session->options->environment,
		.environment = environment,
		.user = session->options->user,
		.keep_fd = -1,
		.output_fd = session->options->own_output ? STDERR_FILENO : -1};
	struct soakops_page *ops;
	char page[64];
	int n = 0, code;

	if (session->ops != OPS_NONE) {
		code = ops_page_create(
			heap_sampling_bytes(session->options), &ops, &session->page_fd);
		if (code)
			return fail(session, code, "cannot make the ops page");
		session->page = ops;
		code = heap_sampling_begin(session, ops);
		if (code)
			return fail(session, code, "cannot sample allocations");
		marks_add_page(&session->marks, session->page_fd);
		ops_page_variable(session->page_fd, page, sizeof(page));
		environment[n++] = page;
		options.keep_fd = session->page_fd;
	}
	if (session->preload[0])
		environment[n++] = session->preload;
	return target_start(&options, &session->target, session->error);
}

/* From before the file has its name: what is sent early waits for the loop. */
static void listen_for_marks(struct session *session)
{
	int code = marks_listen(&session->marks, recorder_fd(session->recorder));

	if (code)
		session_warn(session, "soak mark will not reach this run: %s", strerror(-code));
}

static int create_output(struct session *session)
{
	const struct session_options *options = session->options;
	struct account account;
	bool given = options->user && account_find(options->user, &account, NULL) == 0;
	int code = recorder_open(
		options->output, options->overwrite, &session->recorder, session->error);

	if (!code && given && fchown(recorder_fd(session->recorder), account.uid, account.gid))
		session_warn(session, "cannot give %s to %s: %s", options->output, options->user,
			strerror(errno));
	if (!code)
		listen_for_marks(session);
	return code;
}

static void open_sources(struct session *session)
{
	struct probes_options options = {.verbose = session->options->verbose,
		.hooks = session->options->hooks,
		.off[PROBE_LATENCY] = !session->options->latency,
		.off[PROBE_CALLERS] = session->options->without_callers};
	scoped_text why = {0};

	text_set(&why, "switched off");
	if (session->options->without_probes || probes_open(&options, &session->probes, &why))
		session_warn_absent(
			session, SESSION_NO_PROBES, "no kernel probes: %s", text_of(&why));
	if (session->probes && probes_note(session->probes)[0])
		session_warn(session, "the kernel may skip probes at tracepoints: %s",
			probes_note(session->probes));
	if (session->options->without_perf || perf_counters_new(&session->perf, &why))
		session_warn_absent(session, SESSION_NO_PERF, "no perf counters: %s",
			session->options->without_perf ? "switched off" : text_of(&why));
}

static int watch(struct session *session, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (fd < 0)
		return 0;
	return epoll_ctl(session->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

/* From before a file is created: an early signal waits for the loop, which ends in order. */
static void block_signals(sigset_t *ret_signals)
{
	sigset_t marks;

	signals_that_end(ret_signals);
	signals_that_mark(&marks);
	sigorset(ret_signals, ret_signals, &marks);
	sigprocmask(SIG_BLOCK, ret_signals, NULL);
}

static int open_loop(struct session *session)
{
	sigset_t signals;
	int code;

	block_signals(&signals);
	session->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	session->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	session->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (session->epoll_fd < 0 || session->timer_fd < 0 || session->signal_fd < 0)
		return fail(session, -errno, "cannot set up the event loop");
	code = watch(session, session->timer_fd);
	if (!code)
		code = watch(session, session->signal_fd);
	if (!code)
		code = watch(session, tree_fd(session->tree));
	if (!code)
		code = watch(session, callers_fd(session->callers));
	if (!code && session->target)
		code = watch(session, target_fd(session->target));
	if (!code)
		code = watch(session, session->sampling.timer_fd);
	if (!code)
		code = watch(session, session->marks.socket);
	return code ? fail(session, code, "cannot set up the event loop") : 0;
}

static int start_clock(struct session *session)
{
	uint64_t interval = session->options->interval_ns;
	struct itimerspec spec;
	uint64_t first;

	session->start_ns = clocks_now();
	session->second_ns = session->start_ns;
	recorder_set_start(session->recorder, session->start_ns);
	first = session->start_ns + interval;
	spec.it_interval.tv_sec = interval / 1000000000;
	spec.it_interval.tv_nsec = interval % 1000000000;
	spec.it_value.tv_sec = first / 1000000000;
	spec.it_value.tv_nsec = first % 1000000000;
	clocks_init(&session->clocks);
	if (timerfd_settime(session->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL))
		return fail(session, -errno, "cannot start the timer");
	return 0;
}

/* Lets the target go, or explains why it could not be executed. */
static int release(struct session *session)
{
	char **command = session->options->command;
	int code;

	if (!session->target)
		return 0;
	code = target_release(session->target);
	if (code)
		return fail(session, code, command[0]);
	if (!session->probes) /* no event will tell of the exec */
		on_executed(session, tree_process(session->tree, 0), command[0]);
	return 0;
}

static void begin_recording(struct session *session)
{
	facts_begin(session);
	for (size_t i = 0; i < tree_count(session->tree); i++)
		recorder_process(session->recorder, tree_process(session->tree, i));
	recorder_checkpoint(session->recorder);
}

static void finish_recording(struct session *session)
{
	/* The last sample: everything the target ever counted, its shutdown included. */
	if (session->stopped_by_us && session->options->attach <= 0)
		tick_sample(session, clocks_now());
	tick_all_calls(session, true, clocks_now());
	for (size_t i = 0; i < tree_count(session->tree); i++)
		recorder_process(session->recorder, tree_process(session->tree, i));
	tick_crosscheck_end(session);
	places_record(session);
	facts_end(session);
}

static int observe(struct session *session)
{
	const struct tree_handlers handlers = {session, on_started, on_executed, on_ended};
	int code;

	if (session->no_counter.length)
		session_warn(session, "ops are not counted: %s", text_of(&session->no_counter));
	if (session->target && session->options->allocator &&
		!served_has_malloc(session->allocator.path))
		session_warn(session, "%s exports no malloc: it is preloaded without effect",
			session->allocator.path);
	open_sources(session);
	session_watch_library(session);
	code = tree_new(session->probes, &handlers, &session->tree);
	if (code)
		return fail(session, code, "cannot follow processes");
	code = callers_new(session->probes, session->tree, &session->callers);
	if (code)
		return fail(session, code, "cannot follow callers");
	code = open_loop(session);
	if (!code)
		code = sources_begin(session);
	if (!code)
		code = start_clock(session);
	if (!code)
		code = session->target ? adopt_process(session, target_pid(session->target))
				       : adopt_running(session);
	if (code)
		return code;
	begin_recording(session);
	code = release(session);
	if (code)
		return code;
	tree_update(session->tree);
	tick_sample(session, session->start_ns);
	recorder_publish(session->recorder);
	session->second = session->last;
	code = session_loop(session);
	if (!code)
		finish_recording(session);
	return code ? code : session->broken;
}

void session_close(struct session *session)
{
	if (!session)
		return;
	heap_sampling_release(&session->sampling);
	ops_page_close(session->page);
	marks_release(&session->marks);
	mappings_free(session->mappings);
	tree_free(session->tree);
	callers_free(session->callers);
	perf_counters_free(session->perf);
	probes_close(session->probes);
	for (int i = 0; i < 4; i++) {
		int fd = (int[]){session->epoll_fd, session->timer_fd, session->signal_fd,
			session->page_fd}[i];

		if (fd >= 0)
			close(fd);
	}
	host_release(&session->host);
	text_release(&session->verify.why);
	text_release(&session->no_counter);
	text_release(&session->cross_absent);
	text_release(&session->end_reason);
	free(session);
}

static struct session *session_new(
	const struct session_options *options, struct session_result *result, struct text *error)
{
	struct session *session = calloc(1, sizeof(*session));

	if (!session)
		return NULL;
	session->options = options;
	session->result = result;
	session->error = error;
	marks_init(&session->marks);
	session->sampling.timer_fd = -1;
	session->page_fd = session->epoll_fd = session->timer_fd = session->signal_fd = -1;
	return session;
}

static int check_proc(struct session *session)
{
	if (procfs_is_ours())
		return 0;
	return text_fail(session->error, -ENOTSUP,
		"/proc belongs to another PID namespace: mount -t proc proc "
		"/proc first, as unshare --mount-proc does");
}

static int prepare_and_observe(struct session *session)
{
	struct rlimit descriptors;
	sigset_t signals;
	int code = check_user(session);

	if (!code)
		code = check_proc(session);
	if (!code)
		code = find_libraries(session);
	if (!code)
		code = prepare_preload(session);
	if (code)
		return code;
	block_signals(&signals);
	code = create_output(session);
	if (!code && session->options->attach <= 0)
		code = start_target(session);
	if (code)
		return code;
	descriptors_raise(&descriptors); /* the target has the old limit */
	code = observe(session);
	descriptors_restore(&descriptors);
	return code;
}

int session_run(const struct session_options *options, struct session_result *ret_result,
	struct session **ret_session, struct text *error)
{
	struct session *session = session_new(options, ret_result, error);
	int code, closed = 0;

	*ret_session = session;
	*ret_result = (struct session_result){.wait_status = -1};
	text_release(error);
	if (!session)
		return -ENOMEM;
	code = prepare_and_observe(session);
	target_close(session->target);
	/* A recording that never began must not leave a file. */
	if (code && !session->last.v[METRIC_t_ns])
		recorder_discard(session->recorder);
	else if ((closed = recorder_close(session->recorder)) == -ENODATA)
		code = -EIO;
	if (closed && !code) {
		code = -EIO;
		if (!error->length)
			text_set(error, "the run file could not be finished");
	}
	return code;
}
