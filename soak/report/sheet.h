/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A result as test runners see it: a suite of cases, each with a verdict. Judged runs, jobs and
 * comparisons make sheets of themselves; JUnit and TAP know sheets alone.
 */
#ifndef SOAK_REPORT_SHEET_H
#define SOAK_REPORT_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "soak/report/report.h"

#define SHEET_CASES_MAX (REPORT_RULES_MAX + 2)
#define SHEET_PROPERTIES_MAX 8

struct sheet_case {
	const char *name;
	enum verdict verdict;
	const char *reason, *advice; /* "": none */
};

struct sheet_property {
	const char *name, *value;
};

/* Whatever the pointers point to outlives the sheet. */
struct sheet {
	const char *name;  /* of the suite: the run's file */
	const char *title; /* what was tested */
	struct report_label label;
	enum inconclusive inconclusive;
	double seconds;        /* 0: not known */
	const char *start_utc; /* or NULL */
	struct sheet_property properties[SHEET_PROPERTIES_MAX];
	size_t properties_count;
	struct sheet_case cases[SHEET_CASES_MAX];
	size_t n;
};

/* Nothing where the value is NULL. */
void sheet_property(struct sheet *sheet, const char *name, const char *value);
void sheet_case(struct sheet *sheet, const char *name, enum verdict verdict, const char *reason,
	const char *advice);

/* A sheet for each judged run, and room for `more` behind them. NULL when memory is short. */
struct sheet *report_sheets(const struct report *reports, size_t n, size_t more);

/* `program`: "soak check". */
void sheets_junit(FILE *out, const char *program, const struct sheet *sheets, size_t n);
void sheets_tap(FILE *out, const struct sheet *sheets, size_t n);

#endif
