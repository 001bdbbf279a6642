/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exact intervals for a Poisson count, and the exposure at which such a count would decide.
 *
 * Garwood's interval (F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28,
 * 1936) for k events, with a = 1 - confidence and q the quantile of chi-square:
 *
 * low = q(a/2; 2k df) / 2, high = q(1 - a/2; 2k + 2 df) / 2
 *
 * It never covers less than it promises. Assumes that events arrive independently at a constant
 * rate; events in bursts make the truth wider. k need not be whole. Above 10 000 events the
 * quantile is that of Wilson and Hilferty, Proc. Nat. Acad. Sci. 17, 1931: relative error < 1e-6.
 */
#ifndef SOAK_POISSON_H
#define SOAK_POISSON_H

/* Interval of the expected count. NaN for a count that is negative, infinite or NaN. */
void poisson_interval(double count, double confidence, double *ret_low, double *ret_high);

/*
 * The exposure (ops, seconds, ...) at which a count that keeps arriving at `rate` per unit of
 * exposure has an interval entirely on one side of `target`; for rate 0 that is -ln(a/2) / target.
 * INFINITY where rate and target are so close (or target so small) that no exposure below 1e30
 * decides.
 */
double poisson_exposure_needed(double rate, double target, double confidence);

#endif
