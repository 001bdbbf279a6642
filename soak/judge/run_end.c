/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads how the target ended. Called by run_input.c. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "soak/judge/run_end.h"
#include "soak/judge/wording.h"

/* A signal that ends a program because it did something that it must not. */
static bool is_crash(const char *signal)
{
	static const char *const crashes[] = {
		"SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT", "SIGTRAP", "SIGSYS"};

	for (size_t c = 0; c < sizeof(crashes) / sizeof(*crashes); c++)
		if (strcmp(signal, crashes[c]) == 0)
			return true;
	return false;
}

/* Did the process whose end is the target's end while others were still observed? */
static bool ended_before(struct run *run, double end_ns)
{
	int64_t own;
	char sql[128];

	/* The first one; of several that were attached to, the one that failed. */
	snprintf(sql, sizeof(sql),
		"SELECT end_ns FROM processes WHERE pid = %.0f OR %.0f = 0 ORDER BY id LIMIT 1",
		run_fact_number(run, "target_exit_pid", 0),
		run_fact_number(run, "target_exit_pid", 0));
	own = run_number(run, sql, 0);

	return own > 0 && (double)own < end_ns;
}

/* What is meant when nobody knows who sent it. */
static void add_killer(struct run *run, struct text *text)
{
	double killed = run_fact_number(run, "oom_kills", NAN);

	if (killed > 0)
		text_add(text,
			"; the kernel was out of memory and killed %.0f process%s on "
			"this host during the run",
			killed, killed > 1 ? "es" : "");
	else
		text_add(text, "; soak did not send it%s",
			killed == 0 ? ", and the kernel was not out of memory" : "");
}

static void say_death(struct run *run, const char *signal, bool by_itself, struct run_end *end)
{
	double after_s = run_fact_number(run, "duration_s", NAN);

	if (!by_itself) {
		text_set(&end->text, "%s %s when it was told to end",
			is_crash(signal) ? "crashed with" : "ended by", signal);
		return;
	}
	text_set(&end->text, "was killed by %s", signal);
	if (!isnan(after_s))
		text_add(&end->text, " within %s", say_duration(after_s).text);
	if (strcmp(signal, "SIGKILL") == 0)
		add_killer(run, &end->text);
}

/* "nginx (1234) ", of several that were attached to. */
static void say_who(struct run *run, struct run_end *end)
{
	const char *name = run_fact(run, "target_exit_name");

	if (name && end->text.length)
		text_set(&end->text, "process %.0f (%s) %s",
			run_fact_number(run, "target_exit_pid", 0), name, text_of(&end->text));
}

static void say_exit(int status, bool by_itself, struct run_end *end)
{
	text_set(&end->text, "ended %swith exit status %d",
		by_itself ? "" : "when it was told to, ", status);
	/* POSIX: what a shell makes of a command that was killed */
	if (by_itself && status > 128 && status < 128 + NSIG && sigabbrev_np(status - 128))
		text_add(&end->text, ", with which a shell reports SIG%s",
			sigabbrev_np(status - 128));
}

/* Recordings from before there was this fact tell it in the words of the reason. */
static bool was_interrupted(const struct run *run, const char *reason)
{
	const char *interrupted = run_fact(run, "interrupted");

	return interrupted ? strcmp(interrupted, "yes") == 0
			   : strncmp(reason, "interrupted", strlen("interrupted")) == 0;
}

void run_end(struct run *run, struct run_end *ret_end)
{
	const char *signal = run_fact(run, "target_signal"), *reason = run_fact(run, "end_reason");
	const char *stopped = run_fact(run, "stopped_by_soak"), *aborted = run_fact(run, "aborted");
	double status = run_fact_number(run, "target_exit_status", NAN);
	bool told = stopped && strcmp(stopped, "yes") == 0;
	bool by_itself = !told || ended_before(run, run_fact_number(run, "end_ns", 0));

	*ret_end = (struct run_end){.failed = false};
	if (!reason) {
		ret_end->unknown = "the recording is still being written, or broke off";
	} else if (aborted) {
		text_set(&ret_end->text, "%s: its %s",
			run_fact(run, "attached") ? "ran away" : "was killed by soak", aborted);
		ret_end->failed = ret_end->aborted = true;
		return;
	} else if (signal) {
		/* a terminal sends its interrupt to both, unless soak was attached to them */
		if (!run_fact(run, "attached") && was_interrupted(run, reason) && !is_crash(signal))
			by_itself = false;
		say_death(run, signal, by_itself, ret_end);
		ret_end->failed = by_itself || is_crash(signal);
	} else if (!isnan(status)) {
		say_exit((int)status, by_itself, ret_end);
		ret_end->failed = by_itself && status != 0;
		ret_end->status = ret_end->failed ? (int)status & 255 : 0;
	} else if (!told) {
		ret_end->unknown = "its exit status was not recorded";
	}
	say_who(run, ret_end);
}
