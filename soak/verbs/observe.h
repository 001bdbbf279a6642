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
	bool stop_when_sure;
	char output[PATH_MAX];
	struct format_options format;
	bool quiet;
	const char *allocator; /* as given, "own" too; NULL: not given */
	const char *job_file;
	unsigned int repeat; /* runs of each variant */
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

/*
 * Runs the session and shows it live. Returns 0 or a negative errno with one line in `error`, of
 * which -ENOSPC and -EBUSY leave a recording behind that can be judged. The session is to be closed
 * when the user has the result; NULL: there is none.
 */
int observe_record(struct observe *observe, struct session **ret_session, bool *ret_interrupted,
	struct text *error);

/* Records, then judges and prints. Returns an exit code. */
int observe_run(struct observe *observe);

#endif
