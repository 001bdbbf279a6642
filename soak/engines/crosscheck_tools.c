/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs strace and perf stat and reads their counts. Called by soak crosscheck. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "soak/record/run_reader.h"
#include "soak/run/session.h"
#include "soak/run/target.h"
#include "soak/engines/crosscheck_tools.h"

static void begin(struct crosscheck_counts *counts, int64_t calls)
{
	text_release(&counts->absent);
	*counts = (struct crosscheck_counts){.wait_status = -1};
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++)
		counts->calls[c] = calls;
}

static void set_calls(struct crosscheck_counts *counts, const char *name, int64_t calls)
{
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++)
		if (strcmp(name, churn_syscall_name(c)) == 0)
			counts->calls[c] = calls;
}

static void set_absent(struct crosscheck_counts *counts, const char *tool, const char *why)
{
	begin(counts, -1);
	text_set(&counts->absent, "%s%s", tool, why);
}

/* What is started now inherits no input, and our output only to show it. */
static void silence(int saved[3], bool show)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd < 3; fd++) {
		saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		if (fd == STDIN_FILENO || !show)
			dup2(null, fd);
	}
	close(null);
}

static void restore(const int saved[3])
{
	for (int fd = 0; fd < 3; fd++) {
		dup2(saved[fd], fd);
		close(saved[fd]);
	}
}

/* ---- soak ------------------------------------------------------------------------------------ */

/* A session that could not open a source goes on without it, and warns so. */
static void keep_warning(void *context, enum session_warning kind, const char *text)
{
	struct crosscheck_counts *counts = context;

	if (kind == SESSION_NO_PROBES)
		set_absent(&counts[0], "", text);
	else if (kind == SESSION_NO_PERF)
		set_absent(&counts[1], "", text);
	else
		fprintf(stderr, "soak crosscheck: warning: %s\n", text);
}

static int read_run(struct crosscheck_job *job, struct crosscheck_counts counts[2])
{
	static const char later[] = "SELECT count(*) FROM processes WHERE end_ns > "
				    "(SELECT end_ns FROM processes ORDER BY id LIMIT 1)";
	const struct run_cross *rows;
	const char *absent;
	struct run *run;
	int code = run_open(job->file, &run, &job->error);
	size_t n;

	if (code)
		return code;
	n = run_crosscheck(run, &rows);
	for (size_t i = 0; i < n; i++) {
		set_calls(&counts[0], rows[i].syscall, rows[i].bpf);
		set_calls(&counts[1], rows[i].syscall, rows[i].perf);
	}
	absent = run_fact(run, "cross_absent");
	if (absent)
		set_absent(&counts[1], "", absent);
	counts[0].outlived = run_number(run, later, 0) > 0;
	run_close(run);
	return 0;
}

int crosscheck_soak(struct crosscheck_job *job, struct crosscheck_counts ret_counts[2])
{
	const struct session_options options = {.command = job->command,
		.interval_ns = 100000000,
		.warmup_s = -1,
		.allocator = job->allocator,
		.ops = OPS_NONE,
		.output = job->file,
		.stop_grace_ns = 1000000000,
		.context = ret_counts,
		.on_warning = keep_warning};
	struct session_result result;
	struct session *session;
	int saved[3], code;

	begin(&ret_counts[0], -1);
	begin(&ret_counts[1], -1);
	unlink(job->file); /* a tool's report, which a recording replaces not even by force */
	silence(saved, job->show);
	code = session_run(&options, &result, &session, &job->error);
	restore(saved);
	session_close(session);
	if (code || result.interrupted)
		return code ? code : -EINTR;
	code = read_run(job, ret_counts);
	ret_counts[0].wait_status = result.wait_status;
	return code;
}

/* ---- running a tool -------------------------------------------------------------------------- */

/* Returns 0 when it has ended, or -EINTR. */
static int wait_for(struct target *target, const sigset_t *signals, int *ret_wait_status)
{
	int signal_fd = signalfd(-1, signals, SFD_CLOEXEC), code = 1;
	struct pollfd fds[] = {{target_fd(target), POLLIN, 0}, {signal_fd, POLLIN, 0}};

	while (code > 0) {
		poll(fds, 2, -1);
		if (fds[1].revents)
			code = -EINTR;
		else if (fds[0].revents && target_poll(target, ret_wait_status) != TARGET_NOTHING)
			code = 0;
	}
	close(signal_fd);
	return code;
}

/* In ret_counts->absent why it could not be executed. */
static int execute(struct crosscheck_job *job, char **arguments, const char *preload,
	struct crosscheck_counts *ret_counts)
{
	const char *environment[] = {preload, NULL};
	const struct target_options options = {
		.argv = arguments, .environment = environment, .keep_fd = -1};
	struct target *target;
	int saved[3], code;

	silence(saved, false);
	code = target_start(&options, &target, &job->error);
	restore(saved);
	if (code)
		return code;
	if (target_release(target))
		set_absent(ret_counts, arguments[0],
			" could not be run: apt-get install strace linux-perf");
	else
		code = wait_for(target, &job->signals, &ret_counts->wait_status);
	target_close(target);
	return code;
}

/* Its report in *ret_report; NULL: an error is returned, or ret_counts->absent says why. */
static int run_tool(struct crosscheck_job *job, char *const *options, const char *preload,
	struct crosscheck_counts *ret_counts, FILE **ret_report)
{
	size_t first = 0, n = 0;
	char **arguments;
	int code;

	begin(ret_counts, 0);
	*ret_report = NULL;
	while (options[first])
		first++;
	while (job->command[n])
		n++;
	arguments = calloc(first + n + 1, sizeof(*arguments));
	if (!arguments)
		return -ENOMEM;
	memcpy(arguments, options, first * sizeof(*arguments));
	memcpy(arguments + first, job->command, n * sizeof(*arguments));
	unlink(job->file);
	code = execute(job, arguments, preload, ret_counts);
	free(arguments);
	if (code || ret_counts->absent.length)
		return code;
	*ret_report = fopen(job->file, "re");
	if (!*ret_report)
		set_absent(ret_counts, options[0], " wrote no report");
	return 0;
}

static void list_calls(char *text, size_t size, const char *prefix)
{
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++) {
		size_t length = strlen(text);

		snprintf(text + length, size - length, "%s%s%s", length ? "," : "", prefix,
			churn_syscall_name(c));
	}
}

/* ---- the two tools --------------------------------------------------------------------------- */

/*
 * The columns of strace -c: % time, seconds, usecs/call, calls, errors (or nothing), name. What was
 * not called is left out; the command's exec is there if anything was watched.
 */
int crosscheck_strace(struct crosscheck_job *job, struct crosscheck_counts *ret_counts)
{
	char trace[256] = "execve", line[512];
	const char *options[] = {"strace", "-f", "-qq", "-c", "-o", job->file, "-e", trace,
		job->preload ? "-E" : "--", job->preload, "--", NULL};
	bool watched = false;
	FILE *report;
	int code;

	list_calls(trace, sizeof(trace), "");
	code = run_tool(job, (char **)options, NULL, ret_counts, &report);
	while (report && fgets(line, sizeof(line), report)) {
		char *name = strrchr(line, ' ');
		long long calls;

		line[strcspn(line, "\n")] = 0;
		if (!name || sscanf(line, "%*s %*s %*s %lld", &calls) != 1)
			continue;
		watched = watched || strcmp(name + 1, "execve") == 0;
		set_calls(ret_counts, name + 1, calls);
	}
	if (report && !watched)
		set_absent(ret_counts, options[0], " counted nothing");
	if (report)
		fclose(report);
	return code;
}

/*
 * perf stat -x, writes: count,unit,event,... It counts from the command's exec on, so that the
 * library may be preloaded into perf too. An empty --exec-path leaves the command's PATH as it is.
 */
int crosscheck_perf_stat(struct crosscheck_job *job, struct crosscheck_counts *ret_counts)
{
	static const char prefix[] = "syscalls:sys_exit_";
	char events[512] = "", line[512];
	const char *options[] = {
		"perf", "--exec-path=", "stat", "-x,", "-o", job->file, "-e", events, "--", NULL};
	int code, seen = 0;
	FILE *report;

	list_calls(events, sizeof(events), prefix);
	code = run_tool(job, (char **)options, job->preload, ret_counts, &report);
	while (report && fgets(line, sizeof(line), report)) {
		char *event = strstr(line, prefix);

		/* "<not counted>" is no zero. */
		if (!event || !isdigit((unsigned char)line[0]))
			continue;
		event += strlen(prefix);
		event[strcspn(event, ",")] = 0;
		set_calls(ret_counts, event, strtoll(line, NULL, 10));
		seen++;
	}
	if (report && seen < CHURN_SYSCALL_COUNT)
		set_absent(ret_counts, "perf stat", " did not count all of the calls");
	if (report)
		fclose(report);
	return code;
}
