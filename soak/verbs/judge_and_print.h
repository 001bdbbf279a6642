/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What run, attach and check have in common at their end: open the file, judge it, print the
 * result.
 */
#ifndef SOAK_JUDGE_AND_PRINT_H
#define SOAK_JUDGE_AND_PRINT_H

#include <stdbool.h>

#include "soak/judge/judge.h"
#include "soak/record/run_reader.h"

/* Returns 0 with a run to be closed, or an exit code after one line on stderr. */
int open_and_judge(const char *path, double warmup_s, const struct judge_settings *settings,
	struct run **ret_run, struct judgement *ret_judgement);

/* Returns an exit code. `warmup_s` NAN: as recorded. Errors go to stderr in one line. */
int judge_and_print(
	const char *path, double warmup_s, const struct judge_settings *settings, bool json);

#endif
