/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What run, attach and check have in common at their end: open the file, judge it, print the
 * result.
 */
#ifndef SOAK_JUDGE_AND_PRINT_H
#define SOAK_JUDGE_AND_PRINT_H

#include <stdbool.h>

#include "soak/judge/judge.h"

/* Returns an exit code. `warmup_s` NAN: as recorded. Errors go to stderr in one line. */
int judge_and_print(
	const char *path, double warmup_s, const struct judge_settings *settings, bool json);

#endif
