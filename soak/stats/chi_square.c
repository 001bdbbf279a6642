/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantiles: see chi_square.h. Used by intervals of counts and of scatter. */
#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>

#include "soak/stats/chi_square.h"

#define EXACT_DF_MAX 2e4
#define HALVINGS 100

static double wilson_hilferty(double probability, double df)
{
	double cube_root = 1.0 - 2.0 / (9.0 * df) +
			   gsl_cdf_ugaussian_Pinv(probability) * sqrt(2.0 / (9.0 * df));

	return df * cube_root * cube_root * cube_root;
}

static double bisect(double probability, double df)
{
	double low = 0.0, high = df + 40.0 * sqrt(2.0 * df) + 100.0;

	for (int i = 0; i < HALVINGS; i++) {
		double middle = 0.5 * (low + high);

		if (gsl_cdf_chisq_P(middle, df) < probability)
			low = middle;
		else
			high = middle;
	}
	return 0.5 * (low + high);
}

double chi_square_quantile(double probability, double df)
{
	gsl_error_handler_t *handler;
	double value;

	if (df > EXACT_DF_MAX)
		return wilson_hilferty(probability, df);
	handler = gsl_set_error_handler_off(); /* it would end the process */
	value = gsl_cdf_chisq_Pinv(probability, df);
	gsl_set_error_handler(handler);
	return isfinite(value) ? value : bisect(probability, df);
}
