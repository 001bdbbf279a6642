/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Line through a correlated series: see linefit.h. Used by the rules on drift and on falling
 * throughput. */
#include <errno.h>
#include <math.h>

#include <gsl/gsl_cdf.h>

#include "soak/stats/linefit.h"

#define CORRELATION_MAX 0.99

double linefit_at(const struct linefit *fit, double x)
{
	return fit->mean_y + fit->slope * (x - fit->mean_x);
}

static double residual(const struct linefit *fit, const double *x, const double *y, size_t i)
{
	return y[i] - linefit_at(fit, x[i]);
}

/* Sets the means and the slope, returns Sxx. */
static double fit_line(const double *x, const double *y, size_t n, struct linefit *fit)
{
	double sxx = 0.0, sxy = 0.0;

	fit->n = n;
	for (size_t i = 0; i < n; i++) {
		fit->mean_x += (x[i] - fit->mean_x) / (double)(i + 1);
		fit->mean_y += (y[i] - fit->mean_y) / (double)(i + 1);
	}
	for (size_t i = 0; i < n; i++) {
		sxx += (x[i] - fit->mean_x) * (x[i] - fit->mean_x);
		sxy += (x[i] - fit->mean_x) * (y[i] - fit->mean_y);
	}
	if (sxx > 0.0)
		fit->slope = sxy / sxx;
	return sxx;
}

/* Correlation of neighbouring residuals, bias-corrected and clipped; *ret_squares gets their sum of
 * squares. */
static double residual_correlation(
	const struct linefit *fit, const double *x, const double *y, double *ret_squares)
{
	double squares = 0.0, products = 0.0, r;

	for (size_t i = 0; i < fit->n; i++) {
		double e = residual(fit, x, y, i);

		squares += e * e;
		if (i > 0)
			products += e * residual(fit, x, y, i - 1);
	}
	*ret_squares = squares;
	if (!(squares > 0.0))
		return 0.0;
	r = products / squares;
	r += (2.0 + 4.0 * r) / (double)fit->n;
	return fmin(fmax(r, 0.0), CORRELATION_MAX);
}

static double newey_west_variance(
	const struct linefit *fit, const double *x, const double *y, double sxx)
{
	double bandwidth = ceil(1.3 * sqrt((double)fit->n)), sum = 0.0;
	size_t lags = (size_t)bandwidth;

	for (size_t lag = 0; lag <= lags && lag < fit->n; lag++) {
		double weight = 1.0 - (double)lag / (double)(lags + 1), products = 0.0;

		for (size_t i = lag; i < fit->n; i++)
			products += (x[i] - fit->mean_x) * residual(fit, x, y, i) *
				    (x[i - lag] - fit->mean_x) * residual(fit, x, y, i - lag);
		sum += (lag == 0 ? 1.0 : 2.0 * weight) * products;
	}
	return sum / (sxx * sxx) * (double)fit->n / (double)(fit->n - 2);
}

int linefit(const double *x, const double *y, size_t n, double confidence, struct linefit *ret_fit)
{
	struct linefit fit = {0};
	double sxx, squares, inflation, plain, half_width;

	if (n < 3)
		return -EINVAL;
	sxx = fit_line(x, y, n, &fit);
	if (!(sxx > 0.0))
		return -EINVAL;
	fit.correlation = residual_correlation(&fit, x, y, &squares);
	inflation = (1.0 + fit.correlation) / (1.0 - fit.correlation);
	plain = squares / (double)(n - 2) / sxx;
	fit.slope_se = sqrt(fmax(plain * inflation, newey_west_variance(&fit, x, y, sxx)));
	fit.df = fmax((double)n / inflation - 2.0, 1.0);
	half_width = gsl_cdf_tdist_Pinv(0.5 + confidence / 2.0, fit.df) * fit.slope_se;
	fit.slope_low = fit.slope - half_width;
	fit.slope_high = fit.slope + half_width;
	*ret_fit = fit;
	return 0;
}
