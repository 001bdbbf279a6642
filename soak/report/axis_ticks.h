/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Round values for the axes of a page's curves. */
#ifndef SOAK_REPORT_AXIS_TICKS_H
#define SOAK_REPORT_AXIS_TICKS_H

#include <stddef.h>

#include "soak/judge/wording.h"
#include "soak/report/lanes.h"

enum { AXIS_TICKS_MAX = 16 };

struct axis_ticks {
	size_t n;
	double at[AXIS_TICKS_MAX];
	struct phrase label[AXIS_TICKS_MAX]; /* "1.5 MiB", as exact as the ticks are apart */
};

struct axis_ticks axis_ticks_of_value(const struct lane *lane, struct lane_axis axis);

/* Of the time since the start: "10:00". */
struct axis_ticks axis_ticks_of_time(double end_s);

#endif
