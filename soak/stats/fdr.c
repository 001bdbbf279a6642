/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See fdr.h. Called by soak/judge/growing.c. */
#include <math.h>
#include <stdlib.h>

#include "soak/stats/fdr.h"

static int ascending(const void *one, const void *other)
{
	double a = *(const double *)one, b = *(const double *)other;

	return a < b ? -1 : a > b;
}

double fdr_strictest(size_t m, double q)
{
	double sum = 0;

	for (size_t k = 1; k <= m; k++)
		sum += 1.0 / (double)k;
	return m ? q / ((double)m * sum) : q;
}

size_t fdr_discoveries(double *p, size_t m, double q)
{
	double step = fdr_strictest(m, q);
	size_t k = m;

	for (size_t i = 0; i < m; i++)
		if (isnan(p[i]))
			p[i] = 1;
	qsort(p, m, sizeof(*p), ascending);
	while (k && p[k - 1] > (double)k * step)
		k--;
	return k;
}
