/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Discoveries among many tests, with a known share of false ones.
 *
 * The procedure of Y. Benjamini and D. Yekutieli, Ann. Stat. 29, 2001: of m tests those with the k
 * smallest p-values are discoveries, k being the largest for which the k-th is at most
 *
 * k q / (m (1 + 1/2 + ... + 1/m)).
 *
 * On average at most q of the discoveries are false, however the tests depend on each other. If
 * nothing at all is true, there is any discovery with a probability of at most q.
 */
#ifndef SOAK_FDR_H
#define SOAK_FDR_H

#include <stddef.h>

/* Returns k. The p-values are sorted in place; NaN counts as 1. */
size_t fdr_discoveries(double *p, size_t m, double q);

/* What the smallest p-value of m must not exceed. */
double fdr_strictest(size_t m, double q);

#endif
