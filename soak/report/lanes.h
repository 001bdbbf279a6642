/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which curves a page has, one below the other. */
#ifndef SOAK_REPORT_LANES_H
#define SOAK_REPORT_LANES_H

#include <stdbool.h>

#include "soak/judge/wording.h"
#include "soak/report/figure.h"

enum lane_unit { LANE_BYTES, LANE_PER_S, LANE_CORES, LANE_COUNT };

struct lane {
	enum curve curve;
	const char *id; /* of HTML */
	const char *title, *about;
	enum lane_unit unit;
	bool slow; /* read rarely: a line leads from one reading to the next */
};

#define LANES 12
extern const struct lane lanes[LANES];

/* A value with its unit; "-": not measured. */
struct phrase lane_say(const struct lane *lane, double value);

/* Was it measured in this run, and is it ever other than 0? */
bool lane_shown(const struct lane *lane, const struct figure *f);

/* Extremes in the steady window, or of the whole run if there is none. */
struct group_gauge lane_steady(const struct lane *lane, const struct figure *f);

/*
 * What the axis of a lane spans: the steady window, and the rest of the run if enough of the height
 * is left to the window; at least 5 % of the value. It begins at 0 if that is near.
 */
struct lane_axis {
	double low, high;
};
struct lane_axis lane_axis(const struct lane *lane, const struct figure *const *figures, size_t n);

#endif
