/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The drawing of one lane as SVG, 1000 wide and 100 high, to be stretched to any size: lines keep
 * their width. Colours and dashes are those of page.css.
 */
#ifndef SOAK_REPORT_PAGE_CURVE_H
#define SOAK_REPORT_PAGE_CURVE_H

#include <stdio.h>

#include "soak/report/lanes.h"
#include "soak/report/page_parts.h"

struct page_curve {
	const struct lane *lane;
	struct lane_axis axis;
	double end_s; /* of the time axis, which begins at 0 */
};

double page_curve_x(const struct page_curve *curve, double t_s);
double page_curve_y(const struct page_curve *curve, double value);

/* What lies behind the curves: windows, marks; a run's curve; of RSS what was fitted. */
void page_curve_windows(FILE *out, const struct page_curve *curve, const struct page_run *run);
void page_curve_marks(FILE *out, const struct page_curve *curve, const struct page_run *run);
void page_curve_draw(FILE *out, const struct page_curve *curve, const struct page_run *run);
void page_curve_fit(
	FILE *out, const struct page_curve *curve, const struct page_run *run, bool whole);

#endif
