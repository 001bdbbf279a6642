/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A daily course: see daily.h. Used where RSS is fitted, and where the steady window is found. */
#include <gsl/gsl_linalg.h>
#include <math.h>

#include "soak/stats/daily.h"
#include "soak/stats/longrun.h"

#define DAY_S 86400.0
#define DAYS_MAX 7.0
#define HARMONICS 2
#define COLUMNS (2 + 2 * HARMONICS)
#define POINTS_MIN 24
#define LEFT_MAX 0.25

/* 1, the harmonics, and t last. */
static void fill_row(double t, double *row)
{
	row[0] = 1.0;
	for (int h = 1; h <= HARMONICS; h++) {
		row[2 * h - 1] = cos(2.0 * M_PI / DAY_S * h * t);
		row[2 * h] = sin(2.0 * M_PI / DAY_S * h * t);
	}
	row[COLUMNS - 1] = t;
}

struct daily_fit {
	double rest[LONGRUN_POINTS_MAX]; /* what it leaves */
	double slope;
	double own_squares; /* of t: of what the other columns do not explain */
};

static void fit_day(const double *t, const double *y, size_t n, struct daily_fit *ret_fit)
{
	double rows[LONGRUN_POINTS_MAX][COLUMNS], tau[COLUMNS], factors[COLUMNS];
	gsl_matrix_view matrix = gsl_matrix_view_array(&rows[0][0], n, COLUMNS);
	gsl_vector_view scales = gsl_vector_view_array(tau, COLUMNS);
	gsl_vector_view found = gsl_vector_view_array(factors, COLUMNS);
	gsl_vector_view rest = gsl_vector_view_array(ret_fit->rest, n);
	gsl_vector_const_view wanted = gsl_vector_const_view_array(y, n);

	for (size_t i = 0; i < n; i++)
		fill_row(t[i] - t[0], rows[i]);
	gsl_linalg_QR_decomp(&matrix.matrix, &scales.vector);
	gsl_linalg_QR_lssolve(
		&matrix.matrix, &scales.vector, &wanted.vector, &found.vector, &rest.vector);
	ret_fit->slope = factors[COLUMNS - 1];
	ret_fit->own_squares = pow(rows[COLUMNS - 1][COLUMNS - 1], 2.0); /* of R's last corner */
}

static double squares_of_time(const double *t, size_t n)
{
	double mean = 0.0, squares = 0.0;

	for (size_t i = 0; i < n; i++)
		mean += (t[i] - mean) / (double)(i + 1);
	for (size_t i = 0; i < n; i++)
		squares += pow(t[i] - mean, 2.0);
	return squares;
}

static double sum_of_squares(const double *y, size_t n)
{
	double sum = 0.0;

	for (size_t i = 0; i < n; i++)
		sum += y[i] * y[i];
	return sum;
}

double daily_take_out(const double *t, double *y, size_t n)
{
	double wave[LONGRUN_POINTS_MAX], mean = 0.0;
	struct daily_fit fit;
	struct longrun once;

	if (n < POINTS_MIN || n > LONGRUN_POINTS_MAX || t[n - 1] - t[0] < DAY_S ||
		t[n - 1] - t[0] > DAYS_MAX * DAY_S || longrun(t, y, n, t[0], 0.0, 0.95, &once) != 0)
		return 1.0;
	fit_day(t, y, n, &fit);
	if (!(sum_of_squares(fit.rest, n) < LEFT_MAX * once.squares))
		return 1.0;
	for (size_t i = 0; i < n; i++) {
		wave[i] = y[i] - fit.rest[i] - fit.slope * (t[i] - t[0]);
		mean += (wave[i] - mean) / (double)(i + 1);
	}
	for (size_t i = 0; i < n; i++)
		y[i] -= wave[i] - mean;
	return sqrt(squares_of_time(t, n) / fit.own_squares);
}
