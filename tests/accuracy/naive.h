/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What one would do without soak, to be measured beside it on the same series. Each looks at the
 * whole of a series and answers at once.
 */
#ifndef TESTS_ACCURACY_NAIVE_H
#define TESTS_ACCURACY_NAIVE_H

#include <stddef.h>

#include "soak/judge/judge.h"

enum naive {
	NAIVE_ENDS,
	NAIVE_SLOPE,
	NAIVE_INTERVAL,
	NAIVE_THEIL_SEN,
	NAIVE_RANKS,
	NAIVE_E_DIVISIVE,
	NAIVE_PELT,
	NAIVE_COUNT
};

extern const char *const naive_names[NAIVE_COUNT];

/*
 * Ends: last less first reading, per hour, above `target` %/h of the first. Slope: the same of a
 * least-squares line. Interval: its textbook 95 % interval, INCONCLUSIVE where the target is
 * inside. Theil-Sen: the median of the slopes between any two of 100 bins. Ranks: FAIL where Mann
 * and Kendall's test, of independent values, sees a rise at one-sided 2.5 %. E-divisive and PELT
 * (change_points.h), on 100 bins: what lies between the means of the first and of the last
 * segment, per hour, above `target` %/h of the first.
 */
enum verdict naive_judge(
	enum naive method, const double *t, const double *rss, size_t n, double target);

#endif
