/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A series that goes down and up in cycles, like a heap between collections or the load of day and
 * night: its cycles, and how low it is in each.
 *
 * Cycles are 4 to 60 falls and rises by half of the range about the fitted line, about equally long
 * (their lengths have a CV below 0.4; that of chance is about 1), each of which looks like the next
 * (the correlation at their mean length is above 0.4). Cycles too many for that are looked for in
 * an eighth and in a 64th of the series, in its middle; if there are some, the series is cut into
 * up to 60 stretches of two cycles or more, which are treated like cycles.
 *
 * Collections at random times make no such cycles, but after each one the heap starts from its low
 * again. So if no such cycles are found, the lows of 6 to 60 falls and rises by 15 % of the range
 * count as lows of cycles, provided that RSS rises from them by 1 % of the level or more and that
 * they lie on a line, within a tenth of that rise. Lows of noise do not lie on a line.
 *
 * t in seconds, increasing; y may be NaN: not read. Only what lies in [from, to] counts. Linear in
 * n.
 */
#ifndef SOAK_CYCLES_H
#define SOAK_CYCLES_H

#include <stdbool.h>

#include "soak/stats/bins.h"

#define CYCLES_MIN 4
#define CYCLES_MAX 60

struct cycles {
	struct bins low; /* the lowest reading of each cycle */
	bool even;       /* or their lengths are chance's: there is no length_s then */
	double length_s; /* of one, in the mean */
	double from, to; /* the searched range of t */
};

/*
 * Returns how many there are; 0: none. Cycles are higher than height_min: a line that is rounded is
 * a line and the cycles of its rounding.
 */
size_t cycles_find(const double *t, const double *y, size_t n, double from, double to,
	double height_min, struct cycles *ret_cycles);

/*
 * Length of possible cycles, at least two, higher than height_min, that are too few to be certain.
 * NAN: there is no sign of any.
 */
double cycles_guess(
	const double *t, const double *y, size_t n, double from, double to, double height_min);

/*
 * The level below which the series is for a tenth of each cycle: unlike the lowest reading it does
 * not depend on how deep a dip goes that lasts a moment. Returns how far above the lowest reading
 * that is, as a share of the cycle's height, the median over the cycles: what lifts the lows but
 * not the peaks lifts it by 1 less that share.
 */
double cycles_tenths(const double *t, const double *y, size_t n, const struct cycles *cycles,
	struct bins *ret_tenths);

#endif
