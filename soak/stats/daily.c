/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A daily course: see daily.h. Used where RSS is fitted, and where the steady window is found. */
#include <math.h>
#include <string.h>

#include "soak/stats/daily.h"
#include "soak/stats/longrun.h"

#define DAY_S 86400.0
#define DAYS_MAX 7.0
#define HARMONICS 2
#define COLUMNS (2 + 2 * HARMONICS)
#define POINTS_MIN 24
#define LEFT_MAX 0.25

/* Columns made orthogonal to those before them: Gram and Schmidt, twice for its rounding. */
struct columns {
	double value[COLUMNS][LONGRUN_POINTS_MAX];
	double squares[COLUMNS]; /* of what is left of each */
};

static double product(const double *a, const double *b, size_t n)
{
	double sum = 0.0;

	for (size_t i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

static void take_off(double *y, const double *column, double squares, size_t n)
{
	double factor = squares > 0.0 ? product(y, column, n) / squares : 0.0;

	for (size_t i = 0; i < n; i++)
		y[i] -= factor * column[i];
}

static void harmonic(const double *t, size_t n, int column, double *ret_value)
{
	double speed = 2.0 * M_PI / DAY_S * (column / 2 + 1);

	for (size_t i = 0; i < n; i++)
		ret_value[i] = column % 2 ? sin(speed * t[i]) : cos(speed * t[i]);
}

/* 1, the harmonics, t: what is left of t last is what the slope is known by. */
static void make_columns(const double *t, size_t n, struct columns *columns)
{
	for (int c = 0; c < COLUMNS; c++) {
		double *value = columns->value[c];

		if (c == 0)
			for (size_t i = 0; i < n; i++)
				value[i] = 1.0;
		else if (c < COLUMNS - 1)
			harmonic(t, n, c - 1, value);
		else
			for (size_t i = 0; i < n; i++)
				value[i] = t[i] - t[0];
		for (int twice = 0; twice < 2; twice++)
			for (int before = 0; before < c; before++)
				take_off(
					value, columns->value[before], columns->squares[before], n);
		columns->squares[c] = product(value, value, n);
	}
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

double daily_take_out(const double *t, double *y, size_t n)
{
	double rest[LONGRUN_POINTS_MAX], wave[LONGRUN_POINTS_MAX], slope, mean = 0.0;
	struct columns columns;
	struct longrun once;
	int last = COLUMNS - 1;

	if (n < POINTS_MIN || n > LONGRUN_POINTS_MAX || t[n - 1] - t[0] < DAY_S ||
		t[n - 1] - t[0] > DAYS_MAX * DAY_S || longrun(t, y, n, t[0], 0.0, 0.95, &once) != 0)
		return 1.0;
	make_columns(t, n, &columns);
	memcpy(rest, y, n * sizeof(*y));
	for (int c = 0; c < COLUMNS; c++)
		take_off(rest, columns.value[c], columns.squares[c], n);
	if (!(product(rest, rest, n) < LEFT_MAX * once.squares))
		return 1.0;
	slope = product(y, columns.value[last], n) / columns.squares[last];
	for (size_t i = 0; i < n; i++) {
		wave[i] = y[i] - rest[i] - slope * (t[i] - t[0]);
		mean += (wave[i] - mean) / (double)(i + 1);
	}
	for (size_t i = 0; i < n; i++)
		y[i] -= wave[i] - mean;
	return sqrt(squares_of_time(t, n) / columns.squares[last]);
}
