/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Coefficient of variation: see spread.h. Used by the rule on even throughput. */
#include <errno.h>
#include <math.h>

#include "soak/stats/chi_square.h"
#include "soak/stats/spread.h"

#define CORRELATION_MAX 0.99

/* Effective degrees of freedom of the variance; sd > 0. */
static double effective_df(const double *y, const struct spread *s)
{
	double products = 0.0, squares = 0.0, fourths = 0.0, r, kurtosis;

	for (size_t i = 0; i < s->n; i++) {
		double e = y[i] - s->mean;

		squares += e * e;
		fourths += e * e * e * e;
		if (i > 0)
			products += e * (y[i - 1] - s->mean);
	}
	r = products / squares;
	r = fmin(r + (1.0 + 3.0 * r) / (double)s->n, CORRELATION_MAX);
	kurtosis = fmax(fourths * (double)s->n / (squares * squares) - 3.0, 0.0);
	return fmax(
		(double)(s->n - 1) * (1.0 - r * r) / (1.0 + r * r) * 2.0 / (2.0 + kurtosis), 1.0);
}

int spread(const double *y, size_t n, double confidence, struct spread *ret_spread)
{
	struct spread s = {.n = n};
	double tail = (1.0 - confidence) / 2.0, squares = 0.0;

	if (n < 3)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		s.mean += (y[i] - s.mean) / (double)(i + 1);
	if (!(s.mean > 0.0))
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		squares += (y[i] - s.mean) * (y[i] - s.mean);
	s.sd = sqrt(squares / (double)(n - 1));
	s.cv = s.sd / s.mean;
	s.df = squares > 0.0 ? effective_df(y, &s) : (double)(n - 1);
	s.cv_low = s.cv * sqrt(s.df / chi_square_quantile(1.0 - tail, s.df));
	s.cv_high = s.cv * sqrt(s.df / chi_square_quantile(tail, s.df));
	*ret_spread = s;
	return 0;
}
