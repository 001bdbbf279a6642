/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lasting growth of a series, distinguished from temporary growth.
 *
 * Least squares of y = c + s t + a g(t), for the line alone (a = 0) and for each g of a dictionary
 * of one-time events:
 *
 * warm-up: 1 - exp(-t / tau), and log(1 + t / tau), t from `origin`, a grid of tau;
 * a fill that stops at u: min(t, u), u up to 2/3 of the series, or, where evident, 0.95;
 * a step at u: 0 before, 1 after, u anywhere.
 *
 * and a daily load, if `origin` is more than 4.5 hours ago and the series shorter than a day: a
 * wave of that period, in 48 phases, no higher than the least y (from its low to its high). t is in
 * seconds.
 *
 * s is the growth. Its interval is the union, over all g, of those s for which the sum of squared
 * residuals stays within q^2 V of the minimum: the set that the likelihood ratio does not reject
 * (S. S. Wilks, Ann. Math. Stat. 9, 1938), with g as a nuisance parameter. So a rise does not count
 * as growth as long as one event that ends explains it as well. Only rises (a > 0) are considered,
 * unless an event is evident: the best g leaves LONGRUN_EVIDENCE V less than the line. Then that
 * event is named, the minimum is that of its fit, and all g count with either sign. A logarithm
 * does not end, however slow it gets: its slope at the series' end, a / (tau + t), is added to the
 * high end. A daily wave only widens the interval; it is never named.
 *
 * V is the long-run variance of the residuals (2 pi times their spectral density at frequency 0),
 * the larger of two estimates, p being the parameters that were fitted:
 *
 * AR(1): var (1 + r) / (1 - r), r their correlation at lag 1 less its bias of -(p + (p + 2) r) / n
 * (M. G. Kendall, Biometrika 41, 1954, for p = 1 and 2; n var / V is the effective sample size);
 * cosines: mean square of the weights of the 12 slowest (E. Lazarus, D. Lewis, J. Stock and M.
 * Watson, J. Bus. Econ. Stat. 36, 2018), p - 1 of which the fit has used up.
 *
 * q is the quantile of Student's t with n var / V - p degrees of freedom, or, if these are more,
 * those that the cosines have. Assumes points about equally far apart, and noise of unchanging
 * character that forgets within a twelfth of the series. Measured, n = 200, no growth, AR(1) noise
 * of r = 0.9: of the 95 % intervals less than 1 % are above 0 and 4 % below; 8 % with white noise
 * of twice its size on top, which makes neighbours look less alike than they are. Costs O(n^2).
 */
#ifndef SOAK_LONGRUN_H
#define SOAK_LONGRUN_H

#include <stdbool.h>
#include <stddef.h>

#define LONGRUN_POINTS_MAX 200
#define LONGRUN_EVIDENCE 25.0

enum longrun_event {
	LONGRUN_NOTHING,
	LONGRUN_EXPONENTIAL,
	LONGRUN_LOGARITHMIC,
	LONGRUN_STOP,
	LONGRUN_STEP,
	LONGRUN_DAY
};

struct longrun {
	double slope, low, high; /* y per t */
	double mean_t, mean_y;
	enum longrun_event event;   /* an evident event beside the growth ... */
	double when, height;        /* ... its tau or u, and its total contribution to y */
	double reach;               /* a slope this much above another is detected 9 times in 10 */
	double when_low, when_high; /* interval of `when` */
	double factor, event_mean, origin; /* for longrun_at() */
	double squares;                    /* that the line and the event leave */
	double correlation, df;
	bool day; /* `low` comes from a fit with a daily wave */
};

/*
 * `origin`: when a warm-up would have begun, <= t[0]; `brief`: warm-ups of this length are possible
 * however short the series is. Returns 0, or -EINVAL for fewer than 4 points or more than
 * LONGRUN_POINTS_MAX, or points that share one t. Values must be finite, t increasing.
 */
int longrun(const double *t, const double *y, size_t n, double origin, double brief,
	double confidence, struct longrun *ret_longrun);

/* The fitted y at t, event and all. */
double longrun_at(const struct longrun *fit, double t);

#endif
