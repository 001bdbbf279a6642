/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growth by rare chunks: see staircase.h. Used by the rules on RSS. */
#include <math.h>

#include "soak/stats/bins.h"
#include "soak/stats/poisson.h"
#include "soak/stats/staircase.h"
#include "soak/stats/theil_sen.h"

#define JUMPS_MIN 5
#define OF_TYPICAL (8.0 * 1.4826)
#define OF_LARGEST 0.1
#define OF_RISE 0.9
#define UNEVEN 1.22 /* over the root of the count: Kolmogorov and Smirnov, 10 % */

/* Above this a difference is a jump. */
static double jump_height(const double *y, size_t n)
{
	double differences[BINS_MAX], largest = 0.0;

	for (size_t i = 1; i < n; i++) {
		differences[i - 1] = fabs(y[i] - y[i - 1]);
		largest = fmax(largest, differences[i - 1]);
	}
	return fmax(OF_TYPICAL * median_in_place(differences, n - 1), OF_LARGEST * largest);
}

bool staircase(const double *t, const double *y, size_t n, double confidence,
	struct staircase *ret_staircase)
{
	double when[BINS_MAX], height, risen = 0.0, uneven = 0.0, low, high, length;
	size_t k = 0;

	if (n < 2 || n > BINS_MAX)
		return false;
	height = jump_height(y, n);
	length = t[n - 1] - t[0];
	for (size_t i = 1; i < n; i++) {
		if (y[i] - y[i - 1] < -height)
			return false;
		if (!(y[i] - y[i - 1] > height))
			continue;
		risen += y[i] - y[i - 1];
		when[k++] = (0.5 * (t[i] + t[i - 1]) - t[0]) / length;
	}
	if (k < JUMPS_MIN || risen < OF_RISE * (y[n - 1] - y[0]))
		return false;
	for (size_t i = 0; i < k; i++)
		uneven = fmax(uneven, fmax((double)(i + 1) / (double)k - when[i],
					      when[i] - (double)i / (double)k));
	if (uneven * sqrt((double)k) > UNEVEN)
		return false;
	poisson_interval((double)k, confidence, &low, &high);
	*ret_staircase = (struct staircase){.jumps = k,
		.height = risen / (double)k,
		.slope = risen / length,
		.low = risen / (double)k * low / length,
		.high = risen / (double)k * high / length};
	return true;
}
