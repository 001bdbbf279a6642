/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs a command under soak itself, strace and perf stat, and compares what each of them counted.
 * Called by soak crosscheck.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "soak/engines/crosscheck.h"
#include "soak/run/allocator.h"
#include "soak/run/preload.h"
#include "soak/run/signals.h"

/* ---- one run --------------------------------------------------------------------------------- */

static void merge(struct crosscheck *check, enum crosscheck_source source, bool first)
{
	const struct crosscheck_counts *counts = &check->last[source];

	if (counts->absent.length)
		text_set(&check->absent[source], "%s", text_of(&counts->absent));
	check->outlived |= counts->outlived;
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++) {
		struct crosscheck_range *range = &check->calls[c][source];
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
		code = crosscheck_strace(&check->job, &last[CROSSCHECK_STRACE]);
	if (!code)
		code = crosscheck_perf_stat(&check->job, &last[CROSSCHECK_PERF_STAT]);
	if (code)
		return code;
	for (enum crosscheck_source s = 0; s < CROSSCHECK_SOURCES; s++)
		merge(check, s, first);
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++)
		if (last[CROSSCHECK_EBPF].calls[c] >= 0 &&
			last[CROSSCHECK_PERF_EVENT].calls[c] >= 0)
			check->wrong[c] |= last[CROSSCHECK_EBPF].calls[c] !=
					   last[CROSSCHECK_PERF_EVENT].calls[c];
	return 0;
}

/* ---- what it means --------------------------------------------------------------------------- */

/* Of the first `count` sources. */
static enum crosscheck_finding compare(const struct crosscheck_range *calls, int count)
{
	enum crosscheck_finding finding = CROSSCHECK_ALIKE;
	int64_t seen = -1;

	for (int s = 0; s < count; s++) {
		if (calls[s].low < 0)
			continue;
		if (calls[s].low != calls[s].high)
			return CROSSCHECK_VARIES;
		if (seen >= 0 && calls[s].low != seen)
			finding = CROSSCHECK_DIFFERS;
		seen = calls[s].low;
	}
	return finding;
}

enum crosscheck_finding crosscheck_finding(const struct crosscheck *check, int call)
{
	const struct crosscheck_range *calls = check->calls[call];
	enum crosscheck_finding all = compare(calls, CROSSCHECK_SOURCES);

	if (check->wrong[call])
		return CROSSCHECK_WRONG;
	if (all != CROSSCHECK_ALIKE && check->outlived &&
		compare(calls, CROSSCHECK_PERF_STAT) == CROSSCHECK_ALIKE)
		return CROSSCHECK_CUT_SHORT;
	return all;
}

bool crosscheck_counted(const struct crosscheck *check, enum crosscheck_source source)
{
	return check->calls[0][source].low >= 0;
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
		text_set(&check->job.error, "cannot create %s: %s", check->directory,
			strerror(-code));
	return code;
}

static void end_janitor(const struct crosscheck *check)
{
	if (check->janitor <= 0)
		return;
	close(check->life_fd);
	waitpid(check->janitor, NULL, 0);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static int prepare(struct crosscheck *check)
{
	struct crosscheck_job *job = &check->job;
	struct allocator allocator;
	int code;

	if (job->allocator) {
		code = allocator_find(job->allocator, &allocator, &job->error);
		if (code)
			return code;
		if (preload_variable("", allocator.path, check->preload, sizeof(check->preload)))
			return text_fail(&job->error, -EINVAL, "the loader cannot preload %s",
				allocator.path);
		job->preload = check->preload;
	}
	/* From now on a signal waits for whoever runs the command. */
	signals_that_end(&job->signals);
	sigprocmask(SIG_BLOCK, &job->signals, NULL);
	return make_folder(check);
}

int crosscheck_run(struct crosscheck *check)
{
	int code = prepare(check);

	for (int run = 0; !code && run < check->runs; run++)
		code = run_once(check, run == 0);
	end_janitor(check);
	return code;
}
