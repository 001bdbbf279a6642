/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A comparison in the formats of report.h. */
#ifndef SOAK_COMPARISON_REPORT_H
#define SOAK_COMPARISON_REPORT_H

#include <stdio.h>

#include "soak/judge/comparison.h"
#include "soak/judge/wording.h"
#include "soak/report/report.h"

#define COMPARISON_NOTES_MAX 16

struct comparison_report {
	const struct comparison *comparison;
	const char *kind; /* "env" or "build" */
	struct compared_set sets[2];
	const char *const *files[2]; /* of each run */
	enum inconclusive inconclusive;
	struct text notes[COMPARISON_NOTES_MAX];
	size_t notes_count;
};

/* A value of a figure with its unit; "-": NaN. */
struct phrase say_compared(enum compared figure, double value);

/* GO and NEUTRAL pass, NO-GO fails. */
enum verdict comparison_verdict(enum decision decision);

/* Returns 0 or -ENOMEM. */
int comparison_print(FILE *out, enum format format, const struct comparison_report *report);

#endif
