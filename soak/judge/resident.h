/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What both rules on RSS look at: its course, its lows, and the growth in it that will go on. All
 * of RSS less LazyFree in the steady window; the context must have both.
 */
#ifndef SOAK_JUDGE_RESIDENT_H
#define SOAK_JUDGE_RESIDENT_H

#include "soak/judge/rule.h"
#include "soak/judge/wording.h"
#include "soak/stats/bins.h"
#include "soak/stats/longrun.h"
#include "soak/stats/staircase.h"

#define RESIDENT_READINGS_MIN 10
#define RESIDENT_CYCLES_WANTED 6.0 /* of which four are found for certain */

struct slope_range {
	double low, high; /* bytes/s */
};

struct resident_growth {
	struct longrun fit; /* of bytes over seconds */
	double level_bytes; /* of the fitted line, at the window's start */
	double floor_bytes; /* growth over the window that the coarseness of the series may hide */
	double low, high;   /* of the slope, bytes/s, that floor included */
	struct slope_range lately; /* of the window's end alone; up to INFINITY: not known */
	double reach;            /* nine in ten lines this much above a slope have `low` above it */
	double material_bytes;   /* growth over the window that does not matter */
	size_t cycles;           /* whose lows are fitted; 0: RSS itself is */
	struct staircase stairs; /* of 0 jumps: it is none */
};

/*
 * The growth of up to 200 bin means; where RSS goes up and down in cycles (soak/stats/cycles.h), as
 * a heap between collections or under the load of day and night, that of its lows: how high it goes
 * between them is no growth, a leak lifts the lows. But a leak also lifts the level below which RSS
 * is for a tenth of each cycle, of a heap of fixed size by 1 less its share of the cycle's height.
 * Where that level bounds the growth better than the lows do, it counts.
 *
 * The floor is three steps: zero jumps seen where up to three may be expected (the one-sided 95 %
 * limit of a Poisson count of zero is 3.0). A step is a page, or the median jump where RSS moves in
 * few of them: in fewer than a tenth of the bins.
 *
 * Where the lows of the bins are a staircase (soak/stats/staircase.h), the growth is no less than
 * its steps say for certain. The level is one that the window held, however far back the slope at
 * its end would lead.
 *
 * Growth matters if it exceeds 8 pages and 0.1 % of the level; in a window shorter than a minute
 * 5 %: no program is in its steady state in the first minute of its life, and that is no leak.
 *
 * Made once per judgement.
 *
 * Returns how many bins had readings; the result stands with RESIDENT_READINGS_MIN of them.
 */
size_t resident_growth(const struct rule_context *context, struct resident_growth *ret_growth);

/* The growth of these points, no more than BINS_MAX, as longrun() returns it. */
int resident_fit(
	const struct rule_context *context, const struct bins *points, struct longrun *ret_fit);

/*
 * How it grew, or what happened beside the growth: ", by 9 steps of 2.00 MiB", ", besides a step of
 * 2.00 MiB at 5:12", or nothing.
 */
struct phrase resident_event(const struct resident_growth *growth);

/* Advises a run long enough for the interval to clear `slope`, bytes/s. */
void resident_advise(const struct rule_context *context, const struct resident_growth *growth,
	double slope, struct rule_result *result);

/* Concludes a rule that has so few readings. */
void resident_too_few(
	const struct rule_context *context, struct rule_result *result, size_t readings);

/* The lows of the cycles, if there are 8 or more; else of 20 blocks of equal time. */
void resident_lows(const struct rule_context *context, struct bins *ret_lows);

#endif
