/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What run, attach and check have in common at their end: open the files, judge them, print the
 * result.
 */
#ifndef SOAK_JUDGE_AND_PRINT_H
#define SOAK_JUDGE_AND_PRINT_H

#include "soak/judge/judge.h"
#include "soak/report/job_report.h"

#define JUDGED_MAX 64

/* Returns 0 with a run to be closed, or an exit code after one line on stderr. */
int open_and_judge(const char *path, double warmup_s, const struct judge_settings *settings,
	struct run **ret_run, struct judgement *ret_judgement);

/*
 * Closes a run that was read. Returns `code`; but if an error met in the middle of it made it look
 * shorter than it is, EXIT_CANNOT_RUN after one line on stderr.
 */
int close_after_reading(struct run *run, int code);

/* What is wanted of a judgement. `warmup_s` NAN: as recorded; `baseline` NULL: none. */
struct judging {
	struct judge_settings settings;
	double warmup_s;
	enum format format;
	enum inconclusive inconclusive;
	const char *baseline;
	const struct job_report *job; /* NULL, or these are all runs of a job */
	struct regression_settings regression;
};

/*
 * Judges 1 to JUDGED_MAX runs. Returns an exit code: the worst of the runs'. Nothing is printed
 * unless all of them open; errors go to stderr in one line.
 */
int judge_and_print(const char *const *paths, size_t n, const struct judging *judging);

#endif
