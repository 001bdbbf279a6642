/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What soak report and soak compare --page have in common: run files become a page. */
#ifndef SOAK_PAGE_OF_RUNS_H
#define SOAK_PAGE_OF_RUNS_H

#include "soak/judge/judge.h"
#include "soak/report/page.h"

struct page_of_runs {
	const char *files[PAGE_RUNS_MAX];
	size_t n;
	const struct judge_settings *settings;
	double warmup_s;        /* NAN: as recorded */
	const char *comparison; /* or NULL */
	const char *output;
};

/* Judges the files and writes their page. Returns 0, or an exit code after one line on stderr. */
int page_of_runs(const struct page_of_runs *page);

#endif
