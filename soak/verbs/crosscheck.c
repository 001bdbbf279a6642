/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak crosscheck: prints what soak, strace and perf stat counted of the same command. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "soak/engines/crosscheck.h"
#include "soak/run/signals.h"
#include "soak/verbs/verbs.h"

#define MOST_RUNS 1000
#define EXIT_INTERRUPTED (128 + SIGINT)

static const char *const titles[] = {"eBPF", "perf_event", "strace -f -c", "perf stat"};

static const char *const remarks[] = {[CROSSCHECK_ALIKE] = "",
	[CROSSCHECK_CUT_SHORT] = "  perf stat did not wait",
	[CROSSCHECK_VARIES] = "  differs from run to run",
	[CROSSCHECK_DIFFERS] = "  differs",
	[CROSSCHECK_WRONG] = "  WRONG: two counts of the same calls"};

static void print_table(const struct crosscheck *check)
{
	printf("%-16s", "");
	for (enum crosscheck_source s = 0; s < CROSSCHECK_SOURCES; s++)
		printf(" %12s", titles[s]);
	putchar('\n');
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++) {
		printf("%-16s", churn_syscall_name(c));
		for (enum crosscheck_source s = 0; s < CROSSCHECK_SOURCES; s++) {
			const struct crosscheck_range *range = &check->calls[c][s];
			char text[48] = "-";

			if (range->low >= 0)
				snprintf(text, sizeof(text),
					range->low == range->high ? "%lld" : "%lld-%lld",
					(long long)range->low, (long long)range->high);
			printf(" %12s", text);
		}
		puts(remarks[crosscheck_finding(check, c)]);
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
	int status = check->last[CROSSCHECK_EBPF].wait_status,
	    traced = check->last[CROSSCHECK_STRACE].wait_status;

	if (status)
		print_status("The command", status);
	if (traced >= 0 && traced != status)
		print_status("Under strace the command", traced);
}

static void print_reasons(const struct crosscheck *check, const bool found[])
{
	if (found[CROSSCHECK_CUT_SHORT])
		puts("perf stat counts until the command's first process ends, "
		     "which does not wait for all others.");
	if (found[CROSSCHECK_VARIES])
		puts("The command does not always make the same calls: threads that race, seeds, "
		     "files that it changes.");
	if (found[CROSSCHECK_DIFFERS])
		puts(check->runs == 1
				? "soak, strace and perf stat each observed another execution. "
				  "--runs 5 shows whether the difference is chance."
				: "The counts are the same in each run, so this is not chance: "
				  "a tool changes what the command does, or misses calls.");
}

static enum exit_code print_result(const struct crosscheck *check)
{
	bool found[CROSSCHECK_WRONG + 1] = {false};
	int sources = 0;

	print_table(check);
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++)
		found[crosscheck_finding(check, c)] = true;
	for (enum crosscheck_source s = 0; s < CROSSCHECK_SOURCES; s++) {
		sources += crosscheck_counted(check, s);
		if (!crosscheck_counted(check, s))
			printf("-: %s\n", text_of(&check->absent[s]));
	}
	print_statuses(check);
	print_reasons(check, found);
	if (found[CROSSCHECK_WRONG])
		return EXIT_TARGET_FAILED;
	if (sources < 2)
		return EXIT_CANNOT_RUN;
	if (found[CROSSCHECK_CUT_SHORT] || found[CROSSCHECK_VARIES] || found[CROSSCHECK_DIFFERS])
		return EXIT_INCONCLUSIVE;
	puts(sources == CROSSCHECK_SOURCES ? "All sources counted the same."
					   : "The sources that are there counted the same.");
	return sources == CROSSCHECK_SOURCES ? EXIT_PASS : EXIT_INCONCLUSIVE;
}

/* ---- the verb -------------------------------------------------------------------------------- */

#define FIELD(name) .field = offsetof(struct crosscheck, name)

static const struct option_row crosscheck_rows[] = {
	{"allocator", 'a', "NAME|PATH",
		"allocator to preload into the command (default own: the "
		"command's own)",
		0, option_text, FIELD(job.allocator), .values = VALUES_ALLOCATORS},
	{"runs", 'n', "N",
		"repeat everything N times, to see what varies by itself "
		"(default 1)",
		0, option_count, FIELD(runs), .least = 1, .most = MOST_RUNS,
		.expects = "a number from 1 to 1000"},
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
	code = crosscheck_run(&check);
	if (!code)
		return print_result(&check);
	fprintf(stderr, "soak crosscheck: %s\n",
		code == -EINTR ? "interrupted" : text_of(&check.job.error));
	return code == -EINTR ? EXIT_INTERRUPTED : (int)exit_code_of_error(code);
}

const struct verb verb_crosscheck = {.name = "crosscheck",
	.does = "run a command under soak, strace and perf stat, and compare "
		"counts",
	.arguments = "-- COMMAND...",
	.doc = "Run COMMAND under soak, strace -f -c and perf stat, and print what eBPF and "
	       "perf_event (both of soak's run), strace and perf stat counted.",
	.after = "Examples:\n"
		 "  soak crosscheck -- sqlite3 :memory: 'select 1'\n"
		 "  soak crosscheck -a jemalloc -n 5 -- python3 script.py\n\n"
		 "COMMAND's input is empty; its output is shown once.\n"
		 "Exit status: 0 all counted the same, 1 eBPF and perf_event differ, 3 other "
		 "runs differ or a source is missing, 4 fewer than two sources.",
	.options = options,
	.flags = ARGP_IN_ORDER,
	.argument = take_argument,
	.end = end,
	.run = cmd_crosscheck};
