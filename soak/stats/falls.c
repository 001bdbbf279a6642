/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sudden falls: see falls.h. Used by the rules on RSS. */
#include <math.h>
#include <string.h>

#include "soak/stats/bins.h"
#include "soak/stats/falls.h"
#include "soak/stats/theil_sen.h"

#define OF_SCATTER (8.0 * 1.4826)
#define OF_LEVEL 0.01

/* Differences below this are falls. */
static double fall_limit(const double *y, size_t n)
{
	double value[BINS_MAX], middle;

	for (size_t i = 1; i < n; i++)
		value[i - 1] = y[i] - y[i - 1];
	middle = median_in_place(value, n - 1);
	for (size_t i = 0; i + 1 < n; i++)
		value[i] = fabs(value[i] - middle);
	return fmin(middle, 0.0) -
	       fmax(OF_SCATTER * median_in_place(value, n - 1), OF_LEVEL * fabs(y[0]));
}

struct falls falls_add_back(double *y, size_t n)
{
	struct falls falls = {.n = 0};
	double was[BINS_MAX], limit, back = 0.0;

	if (n < 2 || n > BINS_MAX)
		return falls;
	memcpy(was, y, n * sizeof(*y));
	limit = fall_limit(y, n);
	falls.from = was[0];
	falls.end = was[n - 1];
	for (size_t i = 1; i < n; i++) {
		size_t to = i;
		double steepest = 0.0;

		for (; to < n && was[to] < was[to - 1]; to++)
			steepest = fmin(steepest, was[to] - was[to - 1]);
		if (steepest < limit) {
			falls.n++;
			falls.largest = fmax(falls.largest, was[i - 1] - was[to - 1]);
			falls.last_low = was[to - 1];
			for (; i < to; i++) {
				back += was[i - 1] - was[i];
				y[i] += back;
			}
		}
		if (i < n)
			y[i] += back;
	}
	return falls;
}
