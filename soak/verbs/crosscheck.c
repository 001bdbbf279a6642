/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * soak crosscheck: runs a command under strace, under perf stat and under soak itself, and prints
 * what each of them counted. Only eBPF and perf_event watch the same execution; and perf prepends
 * a folder to PATH, which a program that reads PATH may show by a call more or less.
 */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collectors/churn.h"
#include "soak/record/run_reader.h"
#include "soak/run/allocator.h"
#include "soak/run/preload.h"
#include "soak/run/session.h"
#include "soak/verbs/verbs.h"

#define MOST_ARGUMENTS 1024

enum source { EBPF, PERF_EVENT, STRACE, PERF_STAT, SOURCES };

struct crosscheck {
	const char *allocator; /* NULL: the command's own */
	char **command;
	char preload[3 * PATH_MAX]; /* LD_PRELOAD=...; empty: none */
	char directory[64], file[96];
	int64_t calls[CHURN_SYSCALL_COUNT][SOURCES]; /* -1: not counted */
	char absent[SOURCES][160];                   /* why; empty: it is there */
};

static volatile pid_t child;
static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	interrupted = number;
	if (child > 0)
		kill(-child, SIGKILL);
}

/* ---- strace and perf stat -------------------------------------------------------------------- */

/* Both start the command themselves; it and they are one process group. -1: could not be waited. */
static int run_tool(struct crosscheck *check, char **arguments, bool set_preload)
{
	int status = -1, null;

	child = fork();
	if (child == 0) {
		setpgid(0, 0);
		null = open("/dev/null", O_RDWR);
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		if (set_preload && check->preload[0])
			putenv(check->preload);
		execvp(arguments[0], arguments);
		_exit(127);
	}
	if (child < 0)
		return -1;
	setpgid(child, child);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	kill(-child, SIGKILL); /* what the command left behind */
	child = 0;
	return status;
}

static char **join(char **first, char **command)
{
	static char *arguments[MOST_ARGUMENTS + 32];
	size_t n = 0;

	for (size_t i = 0; first[i]; i++)
		arguments[n++] = first[i];
	for (size_t i = 0; command[i] && i < MOST_ARGUMENTS; i++)
		arguments[n++] = command[i];
	arguments[n] = NULL;
	return arguments;
}

/* Calls that a tool's report does not name were not made. */
static void begin_column(struct crosscheck *check, enum source source)
{
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++)
		check->calls[c][source] = 0;
}

static void set_calls(struct crosscheck *check, enum source source, const char *name, int64_t calls)
{
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++)
		if (strcmp(name, churn_syscall_name(c)) == 0)
			check->calls[c][source] = calls;
}

static FILE *open_report(struct crosscheck *check, enum source source, int status, const char *tool,
	const char *package)
{
	FILE *report = fopen(check->file, "r");

	if (WIFEXITED(status) && WEXITSTATUS(status) == 127 && !report)
		snprintf(check->absent[source], sizeof(check->absent[source]),
			"%s could not be run: apt-get install %s", tool, package);
	else if (!report)
		snprintf(check->absent[source], sizeof(check->absent[source]), "%s wrote no report",
			tool);
	else
		begin_column(check, source);
	return report;
}

/* The columns of strace -c: % time, seconds, usecs/call, calls, errors (or nothing), name. */
static void run_strace(struct crosscheck *check)
{
	char trace[256] = "trace=", line[512];
	char *first[] = {(char *)"strace", (char *)"-f", (char *)"-qq", (char *)"-c", (char *)"-e",
		trace, (char *)"-o", check->file, check->preload[0] ? (char *)"-E" : (char *)"--",
		check->preload, (char *)"--", NULL};
	FILE *report;

	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++)
		snprintf(trace + strlen(trace), sizeof(trace) - strlen(trace), "%s%s", c ? "," : "",
			churn_syscall_name(c));
	if (!check->preload[0])
		first[9] = NULL;
	unlink(check->file);
	report = open_report(check, STRACE, run_tool(check, join(first, check->command), false),
		"strace", "strace");
	while (report && fgets(line, sizeof(line), report)) {
		char *name = strrchr(line, ' ');
		long long calls;

		line[strcspn(line, "\n")] = 0;
		if (name && sscanf(line, "%*s %*s %*s %lld", &calls) == 1)
			set_calls(check, STRACE, name + 1, calls);
	}
	if (report)
		fclose(report);
}

/* perf stat -x, writes: count,unit,event,...; it counts from the command's exec on. */
static void run_perf_stat(struct crosscheck *check)
{
	char events[512] = "", line[512];
	char *first[] = {(char *)"perf", (char *)"stat", (char *)"-x,", (char *)"-o", check->file,
		(char *)"-e", events, (char *)"--", NULL};
	static const char prefix[] = "syscalls:sys_exit_";
	FILE *report;

	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++)
		snprintf(events + strlen(events), sizeof(events) - strlen(events), "%s%s%s",
			c ? "," : "", prefix, churn_syscall_name(c));
	unlink(check->file);
	report = open_report(check, PERF_STAT, run_tool(check, join(first, check->command), true),
		"perf", "linux-perf");
	while (report && fgets(line, sizeof(line), report)) {
		char *event = strstr(line, prefix);

		if (!event)
			continue;
		event += strlen(prefix);
		event[strcspn(event, ",")] = 0;
		set_calls(check, PERF_STAT, event, strtoll(line, NULL, 10));
	}
	if (report)
		fclose(report);
}

/* ---- soak ------------------------------------------------------------------------------------ */

static int run_soak(struct crosscheck *check, char *error, size_t error_size)
{
	const struct session_options options = {.command = check->command,
		.interval_ns = 100000000,
		.warmup_s = -1,
		.allocator = check->allocator,
		.ops = OPS_NONE,
		.output = check->file,
		.overwrite = true,
		.stop_grace_ns = 1000000000};
	struct session_result result;
	const struct run_cross *rows;
	struct session *session;
	struct run *run;
	int code = session_run(&options, &result, &session, error, error_size);
	size_t n;

	session_close(session);
	if (!code)
		code = run_open(check->file, &run, error, error_size);
	if (code)
		return code;
	if (result.interrupted)
		interrupted = SIGINT;
	if (result.wait_status > 0)
		printf("soak: %s\n", result.end_reason);
	n = run_crosscheck(run, &rows);
	for (size_t i = 0; i < n; i++) {
		set_calls(check, EBPF, rows[i].syscall, rows[i].bpf);
		set_calls(check, PERF_EVENT, rows[i].syscall, rows[i].perf);
	}
	run_close(run);
	return 0;
}

/* ---- the table ------------------------------------------------------------------------------- */

static void print_count(int64_t calls)
{
	if (calls < 0)
		printf(" %12s", "-");
	else
		printf(" %12lld", (long long)calls);
}

static bool differs(int64_t a, int64_t b)
{
	return a >= 0 && b >= 0 && a != b;
}

/* Prints one row; what it means for the exit status. */
static enum exit_code print_row(const char *name, const int64_t calls[SOURCES])
{
	bool same_run = differs(calls[EBPF], calls[PERF_EVENT]);
	bool other_run = differs(calls[EBPF], calls[STRACE]) ||
			 differs(calls[EBPF], calls[PERF_STAT]) ||
			 differs(calls[STRACE], calls[PERF_STAT]);

	printf("%-16s", name);
	for (int s = 0; s < SOURCES; s++)
		print_count(calls[s]);
	if (same_run)
		fputs("  WRONG: two counts of the same calls", stdout);
	else if (other_run)
		fputs("  differs from run to run", stdout);
	putchar('\n');
	return same_run ? EXIT_TARGET_FAILED : other_run ? EXIT_INCONCLUSIVE : EXIT_PASS;
}

static enum exit_code print_table(const struct crosscheck *check)
{
	bool wrong = false, unsure = false;

	printf("%-16s %12s %12s %12s %12s\n", "", "eBPF", "perf_event", "strace -f -c",
		"perf stat");
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++) {
		enum exit_code code = print_row(churn_syscall_name(c), check->calls[c]);

		wrong = wrong || code == EXIT_TARGET_FAILED;
		unsure = unsure || code == EXIT_INCONCLUSIVE;
	}
	for (int s = 0; s < SOURCES; s++)
		if (check->absent[s][0])
			printf("-: %s\n", check->absent[s]);
	if (unsure)
		puts("eBPF and perf_event watched one run, strace and perf stat one each: a "
		     "command that does not\nalways make the same calls shows it here.");
	if (wrong)
		return EXIT_TARGET_FAILED;
	if (unsure || check->absent[STRACE][0] || check->absent[PERF_STAT][0])
		return EXIT_INCONCLUSIVE;
	puts("All sources counted the same.");
	return EXIT_PASS;
}

/* ---- the verb -------------------------------------------------------------------------------- */

static int prepare(struct crosscheck *check, char *error, size_t error_size)
{
	const char *folder = getenv("TMPDIR");
	struct sigaction action = {.sa_handler = on_signal};
	struct allocator allocator;
	int code;

	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++)
		for (int s = 0; s < SOURCES; s++)
			check->calls[c][s] = -1;
	if (check->allocator) {
		code = allocator_find(check->allocator, &allocator, error, error_size);
		if (code)
			return code;
		if (preload_variable("", allocator.path, check->preload, sizeof(check->preload))) {
			snprintf(error, error_size, "the loader cannot preload %.400s",
				allocator.path);
			return -EINVAL;
		}
	}
	snprintf(check->directory, sizeof(check->directory), "%s/soak-XXXXXX",
		folder && strlen(folder) < 48 ? folder : "/tmp");
	if (!mkdtemp(check->directory)) {
		snprintf(error, error_size, "cannot create %s: %s", check->directory,
			strerror(errno));
		return -errno;
	}
	snprintf(check->file, sizeof(check->file), "%s/report", check->directory);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	return 0;
}

static void clean_up(struct crosscheck *check)
{
	unlink(check->file);
	rmdir(check->directory);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct crosscheck *check = state->input;

	switch (key) {
	case 'a':
		check->allocator = strcmp(argument, "own") == 0 ? NULL : argument;
		return 0;
	case ARGP_KEY_ARG:
		check->command = state->argv + state->next - 1;
		if (state->argc - state->next >= MOST_ARGUMENTS)
			argp_error(state, "more than %d arguments", MOST_ARGUMENTS);
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{"allocator", 'a', "NAME|PATH", 0, "preload it into the command each time (default own)",
		0},
	{0}};

static const struct argp argp = {options, parse, "-- COMMAND...",
	"Run COMMAND three times, under strace -f -c, perf stat and soak, and print what each "
	"counted.\v"
	"Examples:\n"
	"  soak crosscheck -- sqlite3 :memory: 'select 1'\n"
	"  soak crosscheck -a jemalloc -- python3 script.py\n\n"
	"Only the output of soak's own run, the last, is shown.\n"
	"Exit status: 0 all counted the same, 1 eBPF and perf_event differ, 3 runs differ or a "
	"tool is missing.",
	NULL, NULL, NULL};

int cmd_crosscheck(int argc, char **argv)
{
	struct crosscheck check = {0};
	char error[512] = "";
	int code;

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &check);
	code = prepare(&check, error, sizeof(error));
	if (!code && !interrupted)
		run_strace(&check);
	if (!code && !interrupted)
		run_perf_stat(&check);
	/* Last: it blocks the signals that it waits for. */
	if (!code && !interrupted)
		code = run_soak(&check, error, sizeof(error));
	if (check.file[0])
		clean_up(&check);
	if (interrupted)
		return 128 + interrupted;
	if (code) {
		fprintf(stderr, "soak crosscheck: %s\n", error);
		return exit_code_of_error(code);
	}
	return print_table(&check);
}
