/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The step down of a series: of all moments, the one after which the mean is lower by the largest
 * certain amount.
 *
 * Both parts are of one noise: its variance and the correlation r of neighbours, less its bias of
 * -(2 + 4 r) / n (M. G. Kendall, Biometrika 41, 1954), are those of what two means leave, in the
 * whole series, however short one part is. The fall is 1 - after / before, in per cent; its
 * interval is the delta method's with Student's t, at the confidence 1 - (1 - c) / 20, because the
 * search for the largest step looks at many similar ones (Bonferroni for as many as can lie a
 * twentieth apart). A series that falls evenly has a step of half of that fall.
 *
 * `host`, if given, is a confounder of the series: their common movement within the parts, by least
 * squares, is removed from the fall (R. Frisch and F. Waugh, Econometrica 1, 1933).
 */
#ifndef SOAK_STATS_STEP_DOWN_H
#define SOAK_STATS_STEP_DOWN_H

#include <stddef.h>

struct step_down {
	size_t first;           /* index of what comes after */
	double before, after;   /* means, that of `after` with the host as it was before */
	double fall, low, high; /* per cent of `before` */
};

/*
 * `from`: the least share of the series that lies before the step; a twentieth lies after it at
 * least. Returns 0, or -EINVAL for fewer than 20 values, or means that are not positive. Values
 * must be finite; `host` may be NULL. Costs O(n^2).
 */
int step_down(const double *y, const double *host, size_t n, double from, double confidence,
	struct step_down *ret_step);

/* The same of a step that is known: at `first`. */
int step_down_at(const double *y, const double *host, size_t n, size_t first, double confidence,
	struct step_down *ret_step);

#endif
