/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How much exposure (ops, seconds) a Poisson count needs until the interval of poisson.h decides
 * with a given chance. Exact, from the count's distribution: the exposures at which one more event
 * may be borne are high(k) / target, those at which one more is asked for low(k) / target; the
 * answer is the first from which on the chance is never less than `power`.
 *
 * Both return INFINITY if `rate` lies on the wrong side of `target`, or so close that a million
 * events would not do.
 */
#ifndef SOAK_POISSON_PLAN_H
#define SOAK_POISSON_PLAN_H

/* All of the interval at or below `target`, the truth being `rate`. Rate 0: -ln(a/2) / target. */
double poisson_plan_below(double rate, double target, double confidence, double power);

/* All of the interval above `target`. */
double poisson_plan_above(double rate, double target, double confidence, double power);

#endif
