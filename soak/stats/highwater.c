/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New highs and falls: see highwater.h. Used by the rule on monotonic growth. */
#include <math.h>
#include <stdbool.h>

#include "soak/stats/highwater.h"

struct highwater highwater(const double *y, size_t n, double rise)
{
	struct highwater found = {0};
	double high = n > 0 ? y[0] : 0.0;

	for (size_t i = 1; i < n; i++) {
		if (!(y[i] > high + rise))
			continue;
		high = y[i];
		found.marks++;
		found.last = i;
	}
	return found;
}

size_t fall_count(const double *y, size_t n, double depth)
{
	bool falling = false;
	double extreme =
		n > 0 ? y[0] : 0.0; /* latest peak while rising, latest trough while falling */
	size_t falls = 0;

	if (!(depth > 0.0))
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (falling ? y[i] >= extreme + depth : y[i] <= extreme - depth) {
			falling = !falling;
			falls += falling;
			extreme = y[i];
		} else {
			extreme = falling ? fmin(extreme, y[i]) : fmax(extreme, y[i]);
		}
	}
	return falls;
}
