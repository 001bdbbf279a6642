/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sudden falls of a series that otherwise rises, as when the kernel takes memory from a program
 * that leaks.
 *
 * A fall is one or several differences of neighbours in a row that are negative, one of which is
 * below the median difference by more than 8 times their scatter (1.4826 times the median absolute
 * deviation) and by 1 % of the level. A sawtooth has them as well, but it ends where it began: what
 * the lows rise by tells the two apart.
 */
#ifndef SOAK_STATS_FALLS_H
#define SOAK_STATS_FALLS_H

#include <stddef.h>

struct falls {
	size_t n;
	double largest;
	double from, last_low, end; /* the first value, that after the last fall, the last one */
};

/* Adds to y[0..n), n at most BINS_MAX, all that fell before: what is left are the rises. */
struct falls falls_add_back(double *y, size_t n);

#endif
