/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The event loop: timerfd, signalfd, the guardian's pipe and the probes' ring buffer, in one epoll.
 * Called by session.c.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collectors/allocator_calls.h"
#include "collectors/procfs.h"
#include "soak/run/session_state.h"
#include "soak/run/signals.h"

#define CHECK_EVERY_MS 10
#define GIVE_UP_NS 10000000000ull /* after SIGKILL */
#define LOOK_OFTEN_NS 2000000000ull

static void warn(
	struct session *session, enum session_warning kind, const char *format, va_list arguments)
{
	scoped_text text = {0};

	text_set_va(&text, format, arguments);
	recorder_event(session->recorder, clocks_now(), "warning", "%s", text_of(&text));
	if (session->options->on_warning)
		session->options->on_warning(session->options->context, kind, text_of(&text));
}

void session_warn(struct session *session, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	warn(session, SESSION_WARNS, format, arguments);
	va_end(arguments);
}

void session_warn_absent(
	struct session *session, enum session_warning kind, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	warn(session, kind, format, arguments);
	va_end(arguments);
}

static void signal_tree(struct session *session, int signal)
{
	for (size_t i = 0; i < tree_count(session->tree); i++)
		kill(tree_process(session->tree, i)->tgid, signal);
}

void session_end(struct session *session, const char *reason, ...)
{
	va_list arguments;

	if (session->end_ns)
		return;
	va_start(arguments, reason);
	text_set_va(&session->end_reason, reason, arguments);
	va_end(arguments);
	if (verify_failed(session))
		text_set(&session->end_reason, "the allocator did not load");
	session->end_ns = session->start_ns + session->last.v[METRIC_t_ns];
	session->stopped_by_us = tree_count(session->tree) > 0;
	tick_all_calls(session, false, session->end_ns); /* what follows is the target's shutdown */
	if (session->options->attach > 0)
		return;
	session->kill_ns = clocks_now() + session->options->stop_grace_ns;
	signal_tree(session, SIGTERM);
	/* A stopped process gets no SIGTERM until it goes on. */
	signal_tree(session, SIGCONT);
}

/* Once a second has been written: is more of it needed? */
static void end_if_enough(struct session *session)
{
	const struct session_options *options = session->options;
	struct session_stop stop;

	if (!options->should_end || !options->should_end(options->should_end_context,
					    session->last.v[METRIC_t_ns] / 1e9, &stop))
		return;
	recorder_fact(session->recorder, "judged_until_s", "%.9f", stop.judged_until_s);
	session_end(session, "%s", stop.reason);
}

/* A target that runs away gets no time to end in order: it might take the host with it. */
static void end_if_runaway(struct session *session)
{
	scoped_text text = {0};

	if (!runaway_seen(&session->runaway, &session->options->abort_at, &session->last, &text))
		return;
	recorder_fact(session->recorder, "aborted", "%s", text_of(&text));
	session_end(session, "aborted: its %s", text_of(&text));
	session->kill_ns = clocks_now();
}

static void on_timer(struct session *session)
{
	uint64_t expirations = 0, due;

	if (read(session->timer_fd, &expirations, sizeof(expirations)) != sizeof(expirations))
		return;
	session->ticks += expirations;
	session->missed += expirations - 1;
	tree_update(session->tree);
	tree_drop_missing(session->tree);
	if (session->end_ns)
		return;
	due = session->start_ns + session->ticks * session->options->interval_ns;
	session->last_sample = session->options->duration_ns &&
			       clocks_now() - session->start_ns >= session->options->duration_ns;
	tick_sample(session, due);
	end_if_runaway(session);
	if (session->end_ns)
		return;
	if (session->last_sample)
		session_end(session, "the time is over");
	else if (tick_second(session, clocks_now()))
		end_if_enough(session);
}

static void on_signal(struct session *session)
{
	struct signalfd_siginfo info;
	sigset_t marks;

	if (read(session->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	signals_that_mark(&marks);
	if (sigismember(&marks, (int)info.ssi_signo)) {
		recorder_event(session->recorder, clocks_now(), "mark", "%s",
			signals_name((int)info.ssi_signo).text);
		return;
	}
	if (session->end_ns) {
		/* Somebody is impatient. */
		session->kill_ns = clocks_now();
		return;
	}
	session->result->interrupted = true;
	session->last_sample = true;
	tick_sample(session, clocks_now());
	session_end(session, "interrupted by %s", signals_name(info.ssi_signo).text);
}

static void say_how_it_ended(struct session *session)
{
	int status = session->result->wait_status;

	if (status < 0)
		session_end(session, "the target ended");
	else if (WIFSIGNALED(status))
		session_end(session, "the target was killed by %s",
			signals_name(WTERMSIG(status)).text);
	else
		session_end(session, "the target ended with exit status %d", WEXITSTATUS(status));
}

static void on_guardian(struct session *session)
{
	switch (target_poll(session->target, &session->result->wait_status)) {
	case TARGET_NOTHING:
		return;
	case TARGET_GUARDIAN_GONE:
		epoll_ctl(session->epoll_fd, EPOLL_CTL_DEL, target_fd(session->target), NULL);
		session->guardian_gone = true;
		session_end(session, "its guardian process was killed");
		session->kill_ns = clocks_now();
		break;
	case TARGET_ENDED:
		break;
	}
	tree_update(session->tree);
}

void session_watch_library(struct session *session)
{
	static struct allocator_library library; /* 32 KiB */
	pid_t pid = session->target ? target_pid(session->target) : session->options->attach;
	char path[PATH_MAX + 32];
	int code;

	if (!session->probes || session->watches_library || !session->allocator.path[0])
		return;
	procfs_path_of(pid, session->allocator.path, path, sizeof(path));
	code = allocator_calls_library(path, &library);
	if (code && code != -ENOENT)
		session_warn(session, "the counters of %s cannot be found: %s",
			session->allocator.path, strerror(-code));
	if (code)
		return;
	probes_watch_library(session->probes, &library);
	session->watches_library = true;
}

static bool all_ended(struct session *session)
{
	if (tree_count(session->tree) > 0)
		return false;
	return session->options->attach > 0 || session->result->wait_status >= 0 ||
	       session->guardian_gone;
}

/* Nothing is left of the target. */
static void finish(struct session *session)
{
	if (session->end_ns)
		return;
	tick_sample(session, clocks_now());
	say_how_it_ended(session);
}

static void dispatch(struct session *session, int fd)
{
	if (fd == session->timer_fd)
		on_timer(session);
	else if (fd == session->signal_fd)
		on_signal(session);
	else if (fd == session->sampling.timer_fd)
		heap_sampling_read(session);
	else if (fd == session->marks.socket)
		marks_answer(&session->marks, session->recorder, recorder_fd(session->recorder));
	else if (session->target && fd == target_fd(session->target))
		on_guardian(session);
	else if (fd == callers_fd(session->callers))
		callers_update(session->callers);
	else
		tree_update(session->tree);
}

static int wait_ms(const struct session *session)
{
	bool looks =
		session->verify.open && clocks_now() - session->verify.since_ns < LOOK_OFTEN_NS;

	return looks || session->end_ns ? CHECK_EVERY_MS : -1;
}

static void act_on_time(struct session *session)
{
	const char *broken = recorder_error(session->recorder);

	verify_look(session);
	if (broken && !session->end_ns) {
		text_set(session->error, "%s", broken);
		session->broken = -ENOSPC;
		session_end(session, "the run file could not be written");
	}
	if (session->end_ns && session->options->attach <= 0) {
		tree_update(session->tree);
		if (clocks_now() >= session->kill_ns)
			signal_tree(session, SIGKILL);
	}
}

/*
 * Who is stuck in the kernel or held by a tracer does not die of SIGKILL; who forks faster than
 * signals come is never caught. The run is over all the same, and says who is left.
 */
static bool gives_up(struct session *session)
{
	char status[4096], comm[32];
	const char *state;
	pid_t pid;

	if (!session->end_ns || session->options->attach > 0 ||
		clocks_now() < session->kill_ns + GIVE_UP_NS || !tree_count(session->tree))
		return false;
	pid = tree_process(session->tree, 0)->tgid;
	procfs_comm(pid, comm, sizeof(comm));
	state = procfs_read(pid, "status", status, sizeof(status)) > 0 ? strstr(status, "State:")
								       : NULL;
	state = state ? state + 6 + strspn(state + 6, " \t") : "state unknown";
	text_set(session->error,
		"%zu process%s of the target did not die within 10 s of SIGKILL; the first is %d "
		"(%s), %.*s",
		tree_count(session->tree), tree_count(session->tree) == 1 ? "" : "es", (int)pid,
		comm, (int)strcspn(state, "\n"), state);
	session_warn(session, "%s", text_of(session->error));
	session->broken = -EBUSY;
	return true;
}

int session_loop(struct session *session)
{
	for (;;) {
		struct epoll_event events[8];
		int n = epoll_wait(session->epoll_fd, events, 8, wait_ms(session));

		if (n < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < n; i++)
			dispatch(session, events[i].data.fd);
		act_on_time(session);
		if (all_ended(session)) {
			finish(session);
			return 0;
		}
		if (gives_up(session) || (session->end_ns && session->options->attach > 0))
			return 0;
	}
}
