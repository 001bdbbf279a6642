/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Marks that a series leaves: new highs, and falls.
 *
 * In n independent values of one distribution the expected number of new highs after the first
 * value is 1/2 + 1/3 + ... + 1/n (the record process; Arnold, Balakrishnan and Nagaraja, "Records",
 * 1998): 2.6 for n = 20. A series that only grows sets n - 1.
 */
#ifndef SOAK_HIGHWATER_H
#define SOAK_HIGHWATER_H

#include <stddef.h>

struct highwater {
	size_t marks; /* values that exceed the latest mark, or the first value */
	size_t last;  /* index of the last mark, 0 when there is none */
};

/* A mark exceeds the one before by more than `rise` (units of y, >= 0): slow creep adds up to one.
 */
struct highwater highwater(const double *y, size_t n, double rise);

/*
 * The lows of a series that goes down and up: at each the series had fallen by at least `depth`
 * (units of y, > 0) below the peak before it, and rises as much after it. Their indices go to
 * ret_index, at most `room` of them; returns how many there are. y finite.
 */
size_t troughs(const double *y, size_t n, double depth, size_t *ret_index, size_t room);

#endif
