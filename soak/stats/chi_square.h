/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantiles of chi^2, as GSL has them, and where GSL does not. */
#ifndef SOAK_CHI_SQUARE_H
#define SOAK_CHI_SQUARE_H

/*
 * The value that chi^2 with `df` > 0 degrees of freedom does not exceed with this probability, in
 * (0, 1). GSL's search for it does not converge for some ordinary df (4640 is one, in 2.7.1) and
 * gives NaN; its distribution function is then bisected. Above 20 000 df: E. B. Wilson and M. M.
 * Hilferty, PNAS 17, 1931; relative error below 1e-6 there.
 */
double chi_square_quantile(double probability, double df);

#endif
