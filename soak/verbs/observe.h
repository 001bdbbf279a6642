/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options and course of run and attach: they differ in where the target comes from. */
#ifndef SOAK_OBSERVE_H
#define SOAK_OBSERVE_H

#include <limits.h>

#include "soak/judge/judge.h"
#include "soak/run/session.h"
#include "soak/verbs/judge_options.h"

struct observe {
	struct session_options session;
	struct judge_settings settings;
	struct text judge_options; /* the same as options */
	bool stop_when_sure;
	char output[PATH_MAX];
	struct format_options format;
	bool quiet;
	const char *allocator; /* as given, "own" too; NULL: not given */
	const char *job_file;
	unsigned int repeat; /* runs of each variant */
	bool unjudged;       /* record only */
	bool interrupted;    /* left behind by observe_run() */
};

extern const struct option_row observe_rows[];

/* The sets that both verbs have, for a struct observe at `offset` of theirs. */
#define OBSERVE_OPTIONS(offset)                                                                    \
	{.rows = observe_rows, .base = (offset)},                                                  \
		{.rows = judge_rows,                                                               \
			.base = (offset) + offsetof(struct observe, settings),                     \
			.group = 2},                                                               \
	{                                                                                          \
		.make = format_rows, .base = (offset) + offsetof(struct observe, format),          \
		.group = 4, .heading = "Formats of the verdict:"                                   \
	}

void observe_init(struct observe *observe);

/* "soak-WHAT-TIME" and the ending; of a path its last part. */
void observe_name(char *ret_name, size_t size, const char *what, const char *ending);

/* Runs the session, then judges and prints. Returns an exit code. */
int observe_run(struct observe *observe);

#endif
