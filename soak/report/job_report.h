/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The results of a job: a verdict for each variant, in the formats of report.h. */
#ifndef SOAK_JOB_REPORT_H
#define SOAK_JOB_REPORT_H

#include <stddef.h>
#include <stdio.h>

#include "soak/judge/run_figures.h"
#include "soak/report/report.h"
#include "soak/words/text.h"

struct job_report_run {
	size_t variant;
	unsigned int round;
	const char *file;
	enum verdict verdict;
	struct text reason; /* of the verdict */
	struct run_figures figures;
};

struct job_report {
	const char *job, *folder;
	const char *const *variants, *const *allocators; /* names; as many of each */
	size_t variants_count;
	const struct job_report_run *runs; /* in the order in which they were made */
	size_t runs_count, planned;
	enum inconclusive inconclusive;
};

/*
 * A variant, or a job, FAILs if any of its runs FAILs. Otherwise it is INCONCLUSIVE if any run is,
 * or if runs are missing. Otherwise it PASSes.
 */
enum verdict job_verdict(const struct job_report *report);

void job_print(FILE *out, const struct job_report *report);

/* Returns 0 or -ENOMEM. */
int job_json(FILE *out, const struct job_report *report);

/*
 * JUnit, TAP or Markdown: the runs, and the job itself with a case for each variant. Returns 0 or
 * -ENOMEM.
 */
int job_document(FILE *out, enum format format, const struct job_report *report,
	const struct report *runs, size_t n);

#endif
