/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * soak crosscheck: runs a command under soak itself, strace and perf stat, and prints what each of
 * them counted. Only eBPF and perf_event watch the same execution: what differs between them is
 * wrong, what differs from the others may be the command's doing.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "soak/run/allocator.h"
#include "soak/run/preload.h"
#include "soak/run/signals.h"
#include "soak/verbs/crosscheck_tools.h"
#include "soak/verbs/verbs.h"

#define MOST_RUNS 1000
#define EXIT_INTERRUPTED (128 + SIGINT)

enum source { EBPF, PERF_EVENT, STRACE, PERF_STAT, SOURCES };

static const char *const titles[] = {"eBPF", "perf_event", "strace -f -c", "perf stat"};

/* What the counts of one system call say, all runs together; ordered by weight. */
enum finding { ALIKE, CUT_SHORT, VARIES, DIFFERS, WRONG };

static const char *const remarks[] = {[ALIKE] = "",
	[CUT_SHORT] = "  perf stat did not wait",
	[VARIES] = "  differs from run to run",
	[DIFFERS] = "  differs",
	[WRONG] = "  WRONG: two counts of the same calls"};

struct range {
	int64_t low, high; /* low -1: not counted, in one run at least */
};

struct crosscheck {
	struct crosscheck_job job;
	int runs;

	char preload[3 * PATH_MAX]; /* LD_PRELOAD=... */
	char directory[PATH_MAX], file[PATH_MAX + 16];
	pid_t janitor;
	int life_fd; /* its end is our end */

	struct range calls[CHURN_SYSCALL_COUNT][SOURCES]; /* over all runs */
	bool wrong[CHURN_SYSCALL_COUNT];
	struct crosscheck_counts last[SOURCES];
	char absent[SOURCES][256];
	bool outlived;
};

/* ---- one run --------------------------------------------------------------------------------- */

static void merge(struct crosscheck *check, enum source source, bool first)
{
	const struct crosscheck_counts *counts = &check->last[source];

	if (counts->absent[0])
		strcpy(check->absent[source], counts->absent);
	check->outlived |= counts->outlived;
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++) {
		struct range *range = &check->calls[c][source];
		int64_t n = counts->calls[c];

		range->low = first || n < range->low ? n : range->low;
		range->high = first || n > range->high ? n : range->high;
	}
}

static int run_once(struct crosscheck *check, bool first)
{
	struct crosscheck_counts *last = check->last;
	int code;

	check->job.show = first;
	code = crosscheck_soak(&check->job, last);
	if (!code)
		code = crosscheck_strace(&check->job, &last[STRACE]);
	if (!code)
		code = crosscheck_perf_stat(&check->job, &last[PERF_STAT]);
	if (code)
		return code;
	for (enum source s = 0; s < SOURCES; s++)
		merge(check, s, first);
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++)
		if (last[EBPF].calls[c] >= 0 && last[PERF_EVENT].calls[c] >= 0)
			check->wrong[c] |= last[EBPF].calls[c] != last[PERF_EVENT].calls[c];
	return 0;
}

/* ---- what it means --------------------------------------------------------------------------- */

/* Of the first `count` sources. */
static enum finding compare(const struct range *calls, int count)
{
	enum finding finding = ALIKE;
	int64_t seen = -1;

	for (int s = 0; s < count; s++) {
		if (calls[s].low < 0)
			continue;
		if (calls[s].low != calls[s].high)
			return VARIES;
		if (seen >= 0 && calls[s].low != seen)
			finding = DIFFERS;
		seen = calls[s].low;
	}
	return finding;
}

static enum finding judge(const struct crosscheck *check, int call)
{
	const struct range *calls = check->calls[call];
	enum finding all = compare(calls, SOURCES);

	if (check->wrong[call])
		return WRONG;
	if (all != ALIKE && check->outlived && compare(calls, PERF_STAT) == ALIKE)
		return CUT_SHORT;
	return all;
}

/* It counts all calls or none. */
static bool counted(const struct crosscheck *check, enum source source)
{
	return check->calls[0][source].low >= 0;
}

/* ---- the output ------------------------------------------------------------------------------ */

static void print_table(const struct crosscheck *check)
{
	printf("%-16s", "");
	for (enum source s = 0; s < SOURCES; s++)
		printf(" %12s", titles[s]);
	putchar('\n');
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++) {
		printf("%-16s", churn_syscall_name(c));
		for (enum source s = 0; s < SOURCES; s++) {
			const struct range *range = &check->calls[c][s];
			char text[48] = "-";

			if (range->low >= 0)
				snprintf(text, sizeof(text),
					range->low == range->high ? "%lld" : "%lld-%lld",
					(long long)range->low, (long long)range->high);
			printf(" %12s", text);
		}
		puts(remarks[judge(check, c)]);
	}
}

static void print_status(const char *who, int status)
{
	if (WIFSIGNALED(status))
		printf("%s ended by %s.\n", who, signals_name(WTERMSIG(status)).text);
	else if (status >= 0)
		printf("%s ended with exit status %d.\n", who, WEXITSTATUS(status));
}

/* perf stat does not pass on reliably how the command ended; strace does. */
static void print_statuses(const struct crosscheck *check)
{
	int status = check->last[EBPF].wait_status, traced = check->last[STRACE].wait_status;

	if (status)
		print_status("The command", status);
	if (traced >= 0 && traced != status)
		print_status("Under strace the command", traced);
}

static void print_reasons(const struct crosscheck *check, const bool found[])
{
	if (found[CUT_SHORT])
		puts("perf stat counts until the command's first process ends, and that one does "
		     "not wait for all others.");
	if (found[VARIES])
		puts("The command does not always make the same calls: threads that race, seeds, "
		     "files that it changes.");
	if (found[DIFFERS])
		puts(check->runs == 1
				? "soak, strace and perf stat had an execution each: by chance, or "
				  "always? --runs 5 tells."
				: "The same in each run, so no chance: a tool changes what the "
				  "command does, or misses some of it.");
}

static enum exit_code print_result(const struct crosscheck *check)
{
	bool found[WRONG + 1] = {false};
	int sources = 0;

	print_table(check);
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++)
		found[judge(check, c)] = true;
	for (enum source s = 0; s < SOURCES; s++) {
		sources += counted(check, s);
		if (!counted(check, s))
			printf("-: %s\n", check->absent[s]);
	}
	print_statuses(check);
	print_reasons(check, found);
	if (found[WRONG])
		return EXIT_TARGET_FAILED;
	if (sources < 2)
		return EXIT_CANNOT_RUN;
	if (found[CUT_SHORT] || found[VARIES] || found[DIFFERS])
		return EXIT_INCONCLUSIVE;
	puts(sources == SOURCES ? "All sources counted the same."
				: "The sources that are there counted the same.");
	return sources == SOURCES ? EXIT_PASS : EXIT_INCONCLUSIVE;
}

/* ---- the temporary folder -------------------------------------------------------------------- */

static void remove_folder(const struct crosscheck *check)
{
	/* The last three: of a recording that broke off. */
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	char path[PATH_MAX + 32];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		snprintf(path, sizeof(path), "%s%s", check->file, suffixes[i]);
		unlink(path);
	}
	rmdir(check->directory);
}

/* A process of its own removes the folder when we have gone, by whatever death. */
static int start_janitor(struct crosscheck *check)
{
	int fds[2];
	char byte;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	check->janitor = fork();
	if (check->janitor == 0) {
		close(fds[1]);
		while (read(fds[0], &byte, 1) < 0 && errno == EINTR)
			;
		remove_folder(check);
		_exit(0);
	}
	close(fds[0]);
	check->life_fd = fds[1];
	return check->janitor < 0 ? -errno : 0;
}

static int make_folder(struct crosscheck *check)
{
	const char *folder = getenv("TMPDIR");
	int code = 0;

	snprintf(check->directory, sizeof(check->directory), "%s/soak-XXXXXX",
		folder && *folder ? folder : "/tmp");
	if (!mkdtemp(check->directory)) {
		code = -errno;
	} else {
		snprintf(check->file, sizeof(check->file), "%s/report", check->directory);
		check->job.file = check->file;
		code = start_janitor(check);
		if (code)
			remove_folder(check);
	}
	if (code)
		snprintf(check->job.error, sizeof(check->job.error), "cannot create %.900s: %s",
			check->directory, strerror(-code));
	return code;
}

static void end_janitor(const struct crosscheck *check)
{
	if (check->janitor <= 0)
		return;
	close(check->life_fd);
	waitpid(check->janitor, NULL, 0);
}

/* ---- the verb -------------------------------------------------------------------------------- */

static int prepare(struct crosscheck *check)
{
	struct crosscheck_job *job = &check->job;
	struct allocator allocator;
	int code;

	if (job->allocator) {
		code = allocator_find(job->allocator, &allocator, job->error, sizeof(job->error));
		if (code)
			return code;
		if (preload_variable("", allocator.path, check->preload, sizeof(check->preload))) {
			snprintf(job->error, sizeof(job->error), "the loader cannot preload %.900s",
				allocator.path);
			return -EINVAL;
		}
		job->preload = check->preload;
	}
	/* From now on a signal waits for whoever runs the command. */
	signals_that_end(&job->signals);
	sigprocmask(SIG_BLOCK, &job->signals, NULL);
	return make_folder(check);
}

#define FIELD(name) .field = offsetof(struct crosscheck, name)

static const struct option_row crosscheck_rows[] = {
	{"allocator", 'a', "NAME|PATH", "preload it into the command each time (default own)", 0,
		option_text, FIELD(job.allocator), .values = VALUES_ALLOCATORS},
	{"runs", 'n', "N", "all of it N times: what varies by itself? (default 1)", 0, option_count,
		FIELD(runs), .least = 1, .most = MOST_RUNS, .expects = "a number from 1 to 1000"},
	{0}};

static const struct option_set options[] = {{.rows = crosscheck_rows}, {0}};

static void take_argument(struct argp_state *state, void *into, char *argument)
{
	struct crosscheck *check = into;

	(void)argument;
	check->job.command = state->argv + state->next - 1;
	state->next = state->argc;
}

static void end(struct argp_state *state, void *into)
{
	struct crosscheck *check = into;

	if (!check->job.command)
		argp_failure(state, EXIT_USAGE, 0, "give a COMMAND to run");
	if (check->job.allocator && strcmp(check->job.allocator, "own") == 0)
		check->job.allocator = NULL;
}

static int cmd_crosscheck(int argc, char **argv)
{
	static struct crosscheck check = {.runs = 1};
	int code;

	verb_parse(&verb_crosscheck, argc, argv, &check);
	code = prepare(&check);
	for (int run = 0; !code && run < check.runs; run++)
		code = run_once(&check, run == 0);
	end_janitor(&check);
	if (!code)
		return print_result(&check);
	fprintf(stderr, "soak crosscheck: %s\n", code == -EINTR ? "interrupted" : check.job.error);
	return code == -EINTR ? EXIT_INTERRUPTED : (int)exit_code_of_error(code);
}

const struct verb verb_crosscheck = {.name = "crosscheck",
	.does = "a command under strace, perf stat and soak: do they agree?",
	.arguments = "-- COMMAND...",
	.doc = "Run COMMAND under soak, strace -f -c and perf stat, and print what eBPF and "
	       "perf_event (both of soak's run), strace and perf stat counted.",
	.after = "Examples:\n"
		 "  soak crosscheck -- sqlite3 :memory: 'select 1'\n"
		 "  soak crosscheck -a jemalloc -n 5 -- python3 script.py\n\n"
		 "Its output is shown the first time; its input is empty.\n"
		 "Exit status: 0 all counted the same, 1 eBPF and perf_event differ, 3 other "
		 "runs differ or a source is missing, 4 there are no two sources.",
	.options = options,
	.flags = ARGP_IN_ORDER,
	.argument = take_argument,
	.end = end,
	.run = cmd_crosscheck};
