/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the unit of figures without one, checks its plausibility, and computes the resolution. */
#ifndef SOAK_IMPORT_RSS_UNIT_H
#define SOAK_IMPORT_RSS_UNIT_H

#include "soak/import/points.h"

#define RSS_LEAST_SURE 100e3    /* bytes: no program is smaller */
#define RSS_LEAST_LIKELY 0x1p20 /* bytes, of the peak, if the unit was not stated */

/* Gives each point its unit. Refuses if several are possible. Text for struct imported.rss_from. */
int rss_unit_settle(struct reader *reader, const struct columns *columns, struct points *points,
	struct text *ret_said);

/* Doubts a peak that no program has; refuses one that is too low, unless the unit was stated. */
int rss_unit_check(struct reader *reader, double peak_bytes, bool stated);

/*
 * The value of the last digit in bytes, where the figures are coarsest: for 37.85MiB and 112.6MiB a
 * tenth of a MiB. A trailing zero that was not written does not make a figure coarse.
 */
double rss_unit_step(const struct point *const *points, size_t n);

#endif
