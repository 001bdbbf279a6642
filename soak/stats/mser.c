/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Warm-up truncation: see mser.h. Used to find the steady window. */
#include <math.h>

#include "soak/stats/mser.h"

#define VALUES_MIN 10
#define SCORE_SHARE_MAX (1.0 / 3.0)

struct moments {
	double n, x, y, xx, xy, yy;
};

static void moments_add(struct moments *m, double x, double y)
{
	m->n += 1.0;
	m->x += x;
	m->y += y;
	m->xx += x * x;
	m->xy += x * y;
	m->yy += y * y;
}

/* Sum of squares about the least-squares line. */
static double moments_residual(const struct moments *m)
{
	double sxx = m->xx - m->x * m->x / m->n;
	double sxy = m->xy - m->x * m->y / m->n;
	double syy = m->yy - m->y * m->y / m->n;

	return fmax(syy - (sxx > 0.0 ? sxy * sxy / sxx : 0.0), 0.0);
}

size_t mser_truncation(const double *y, size_t n, double tolerance, bool *ret_settled)
{
	struct moments rest = {0};
	double mean = 0.0, best = INFINITY, score = INFINITY;
	size_t limit = n / 2, cut = 0;

	*ret_settled = true;
	if (n < VALUES_MIN)
		return 0;
	for (size_t i = 0; i < n; i++)
		mean += (y[i] - mean) / (double)(i + 1);
	for (size_t i = n; i-- > 0;) {
		/* centred, so that the differences of sums keep their digits */
		moments_add(&rest, (double)i - 0.5 * (double)n, y[i] - mean);
		if (i > limit)
			continue;
		score = (moments_residual(&rest) / rest.n + tolerance * tolerance) / rest.n;
		if (score <= best) {
			best = score;
			cut = i;
		}
	}
	/* `score` is now that of all values */
	if (best > SCORE_SHARE_MAX * score)
		cut = 0;
	*ret_settled = cut < limit;
	return cut;
}
