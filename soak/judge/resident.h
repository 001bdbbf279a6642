/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shared by the rules on memory: the course of RSS, its lows, and its lasting growth. All are about
 * RSS without LazyFree in the steady window; the context must have both.
 */
#ifndef SOAK_JUDGE_RESIDENT_H
#define SOAK_JUDGE_RESIDENT_H

#include "soak/judge/rule.h"
#include "soak/judge/wording.h"
#include "soak/stats/bins.h"
#include "soak/stats/longrun.h"
#include "soak/stats/staircase.h"

#define RESIDENT_READINGS_MIN 10
#define RESIDENT_CYCLE_PAGES 4.0   /* lower ones are how growth is rounded */
#define RESIDENT_CYCLES_WANTED 6.0 /* of which four are found for certain */

struct slope_range {
	double low, high; /* bytes/s */
};

struct resident_growth {
	struct longrun fit;                 /* of bytes over seconds */
	double level_bytes;                 /* of the fitted line, at the window's start */
	double lowest_bytes, highest_bytes; /* of what was fitted */
	double floor_bytes;        /* growth over the window that the resolution of RSS may hide */
	double low, high;          /* interval of the slope, bytes/s, with that floor */
	struct slope_range lately; /* slope at the window's end alone; high INFINITY: unknown */
	double reach;          /* a true slope this much above another is detected 9 times in 10 */
	double material_bytes; /* growth over the window up to this does not matter */
	size_t cycles;         /* cycles whose lows are fitted; 0: RSS itself is fitted */
	struct staircase stairs; /* 0 jumps: RSS is not a staircase */
	size_t falls;            /* sudden falls between which it rises; 0: none */
};

/*
 * The growth of up to 200 bin means. If RSS goes up and down in cycles (soak/stats/cycles.h), as a
 * heap does between collections or under the load of day and night, the growth of its lows counts:
 * the height between the lows is not growth, but a leak lifts the lows. A leak also lifts the level
 * below which RSS is for a tenth of each cycle; in a heap of fixed size by 1 less its share of the
 * cycle's height. If that level bounds the growth better than the lows do, that level counts.
 *
 * The floor is three steps: if no jump was seen, up to three may be expected (the one-sided 95 %
 * limit of a Poisson count of zero is 3.0). A step is a page. If RSS jumps in fewer than a tenth of
 * the bins, a step is the median jump.
 *
 * If the lows of the bins are a staircase (soak/stats/staircase.h), the low end is at least that of
 * the staircase. The level always is one that RSS had in the window, even if the slope at the
 * window's end would lead back to another one.
 *
 * Growth matters if it exceeds 8 pages and 0.1 % of the level; in a window shorter than a minute 5
 * %, because no program is in its steady state in its first minute, and that is not a leak.
 *
 * Made once per judgement.
 *
 * Returns how many bins had readings; the result is valid from RESIDENT_READINGS_MIN on.
 */
size_t resident_growth(const struct rule_context *context, struct resident_growth *ret_growth);

/* The growth of these points, at most BINS_MAX; returns what longrun() returns. */
int resident_fit(
	const struct rule_context *context, const struct bins *points, struct longrun *ret_fit);

/*
 * A phrase on how it grew, or on an event beside the growth: ", by 9 steps of 2.00 MiB", ", besides
 * a step of 2.00 MiB at 5:12"; or an empty one.
 */
struct phrase resident_event(
	const struct rule_context *context, const struct resident_growth *growth);

/* Advises a run long enough for the interval to clear `slope`, bytes/s. */
void resident_advise(const struct rule_context *context, const struct resident_growth *growth,
	double slope, struct rule_result *result);

/* Concludes a rule that has too few readings. */
void resident_too_few(
	const struct rule_context *context, struct rule_result *result, size_t readings);

/* The lows of the cycles, if there are 8 or more; else of 20 blocks of equal time. */
void resident_lows(const struct rule_context *context, struct bins *ret_lows);

#endif
