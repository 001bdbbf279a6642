/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The daily course of a series that is longer than a day, told from its growth.
 *
 * Least squares of y = c + s t + two harmonics of a day. They are believed in if they leave less
 * than a quarter of what a line and the best of the things that happen once (longrun.h) leave: a
 * warm-up or a step over a day is none. Up to a week; of more days the cycles are counted
 * (cycles.h).
 */
#ifndef SOAK_STATS_DAILY_H
#define SOAK_STATS_DAILY_H

#include <stddef.h>

/*
 * Takes the harmonics, less their mean, out of y, if there are any. Returns the factor by which
 * the interval of a slope fitted to what remains must be widened, 1 / sqrt(1 - R^2) with R the
 * multiple correlation of t and the harmonics; 1: nothing was taken out. At most
 * LONGRUN_POINTS_MAX points; t in seconds, increasing.
 */
double daily_take_out(const double *t, double *y, size_t n);

#endif
