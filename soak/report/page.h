/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judged runs as one HTML file that needs nothing else: docs/report-page.md. */
#ifndef SOAK_REPORT_PAGE_H
#define SOAK_REPORT_PAGE_H

#include "soak/report/report.h"
#include "soak/words/text.h"

enum { PAGE_RUNS_MAX = 8 };

/*
 * Writes 1 to PAGE_RUNS_MAX runs, which have no baseline, to `output`. `comparison` is what else is
 * said of them, as text of fixed width, or NULL. The file appears complete or not at all. Returns
 * 0, or a negative errno with one line in `error`.
 */
int page_write(const struct report *reports, size_t n, const char *comparison, const char *output,
	struct text *error);

#endif
