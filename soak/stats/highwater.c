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

size_t troughs(const double *y, size_t n, double depth, size_t *ret_index, size_t room)
{
	size_t extreme = 0; /* latest peak while rising, latest trough while falling */
	bool falling = false;
	size_t found = 0;

	if (!(depth > 0.0))
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (falling ? y[i] >= y[extreme] + depth : y[i] <= y[extreme] - depth) {
			if (falling && found < room)
				ret_index[found] = extreme;
			found += falling;
			falling = !falling;
			extreme = i;
		} else if (falling ? y[i] < y[extreme] : y[i] > y[extreme]) {
			extreme = i;
		}
	}
	return found;
}
