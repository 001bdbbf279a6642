/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A comparison as a table for people, or as one JSON object. */
#ifndef SOAK_COMPARISON_REPORT_H
#define SOAK_COMPARISON_REPORT_H

#include <stdio.h>

#include "soak/judge/comparison.h"

#define COMPARISON_NOTES_MAX 16

struct comparison_report {
	const struct comparison *comparison;
	const char *kind; /* "env" or "build" */
	double band_pct;
	const struct run_figures *a, *b; /* comparison->pairs of each */
	const char *const *files[2];     /* as many of each */
	struct text notes[COMPARISON_NOTES_MAX];
	size_t notes_count;
};

void comparison_print(FILE *out, const struct comparison_report *report);

/* Returns 0 or -ENOMEM. */
int comparison_json(FILE *out, const struct comparison_report *report);

#endif
