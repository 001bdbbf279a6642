/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Marks and excluded windows of a run, as text and as JSON. Called by scorecard and account. */
#ifndef SOAK_REPORT_MOMENTS_H
#define SOAK_REPORT_MOMENTS_H

#include <cjson/cJSON.h>
#include <stdio.h>

#include "soak/judge/judge.h"
#include "soak/record/run_reader.h"

/* "  marks: idle at 0:42, ..." on a line, the first few of them; nothing where there are none. */
void moments_print_marks(FILE *out, struct run *run);

/* "  excluded: 5:00 to 5:30, ...": likewise. */
void moments_print_excluded(FILE *out, const struct judge_excluded *excluded);

/* All of them, arrays. */
cJSON *moments_marks_json(struct run *run);
cJSON *moments_excluded_json(const struct judge_excluded *excluded);

#endif
