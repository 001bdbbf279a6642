/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints a history: as text, Markdown and JSON. */
#ifndef SOAK_HISTORY_REPORT_H
#define SOAK_HISTORY_REPORT_H

#include <stdio.h>

#include "soak/judge/history.h"
#include "soak/report/report.h"

struct history_run {
	const char *name; /* the file's, without folder and suffix: often a commit */
	const char *file, *start_utc;
	const struct run_figures *figures;
	struct text changed; /* of the environment since the run before: "kernel: A -> B"; empty */
};

struct history_report {
	const struct history *history;
	const struct history_run *runs; /* in order of start */
	size_t n;
	const struct text *notes;
	size_t notes_count;
};

/* FORMAT_TEXT, FORMAT_MARKDOWN or FORMAT_JSON. Returns 0 or -ENOMEM. */
int history_print(FILE *out, enum format format, const struct history_report *report);

#endif
