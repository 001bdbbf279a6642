/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Robust slope: see theil_sen.h. Used by the Mann-Kendall test to take the trend out of a series.
 */
#include <math.h>
#include <stdlib.h>

#include "soak/stats/theil_sen.h"

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double median_in_place(double *values, size_t n)
{
	if (n == 0)
		return NAN;
	qsort(values, n, sizeof(*values), compare_doubles);
	return n % 2 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
}

double theil_sen_slope(const double *y, size_t n)
{
	double slopes[THEIL_SEN_MAX * (THEIL_SEN_MAX - 1) / 2];
	size_t count = 0;

	if (n < 2 || n > THEIL_SEN_MAX)
		return NAN;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			slopes[count++] = (y[j] - y[i]) / (double)(j - i);
	return median_in_place(slopes, count);
}
