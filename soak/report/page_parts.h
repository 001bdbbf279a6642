/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parts of a page: each file page_NAME.c prints one of them. page.c calls them in order. What a
 * run lacks is left out or said in a sentence.
 */
#ifndef SOAK_REPORT_PAGE_PARTS_H
#define SOAK_REPORT_PAGE_PARTS_H

#include <stdio.h>

#include "soak/report/figure.h"
#include "soak/report/lanes.h"
#include "soak/report/page.h"

enum { PAGE_ROWS_MAX = 20, PAGE_EVENTS_MAX = 200 };

struct page_run {
	const struct report *report;
	struct figure fine, coarse; /* for the script; for the static curves */
	char letter[2];             /* "A", which chooses its colour and dashes ... */
	const char *name;           /* ... and is its name, if there are several; else "" */
};

struct page {
	struct page_run runs[PAGE_RUNS_MAX];
	size_t n;
	const char *comparison; /* or NULL */
};

/* The name of a run: its letter and its file, or with one run nothing. Escaped. */
void page_heading(FILE *out, const struct page *page, const struct page_run *run);

/* "✖ FAIL" with its colour. */
void page_verdict_badge(FILE *out, enum verdict verdict);

/* Titles, sentences, labels and classes are our own text, and go into the page as they are. */
void page_section(FILE *out, const char *id, const char *title);
void page_section_end(FILE *out);

/* A section that `put` prints run by run. */
typedef void page_put_fn(FILE *out, const struct page *page, const struct page_run *run);
void page_section_of_runs(
	FILE *out, const struct page *page, const char *id, const char *title, page_put_fn *put);

/* A paragraph about the run in place of what it lacks. */
void page_sentence(
	FILE *out, const struct page *page, const struct page_run *run, const char *sentence);

/* A table that scrolls if it is too wide, up to the beginning of its caption. */
void page_table(FILE *out, const char *label, const char *class);
void page_table_end(FILE *out);

/* The reason and the advice. */
void page_reason(FILE *out, const struct rule_result *result);

/* Has any run something to show there? */
bool page_has_lane(const struct page *page, const struct lane *lane);

void page_verdict(FILE *out, const struct page *page);
void page_lanes(FILE *out, const struct page *page);
void page_data(FILE *out, const struct page *page);
void page_figures(FILE *out, const struct page *page); /* of several runs */
void page_rules(FILE *out, const struct page *page);
void page_growth(FILE *out, const struct page *page);
void page_callers(FILE *out, const struct page *page);
void page_events(FILE *out, const struct page *page);
void page_settings(FILE *out, const struct page *page);

#endif
