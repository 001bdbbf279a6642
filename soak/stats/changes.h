/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a series of independent values changes its level, and how sure that is.
 *
 * Binary segmentation: of all steps, values before t against values from t on, and of all stretches
 * i <= t < j against the rest, that one stands out whose means differ most,
 *
 * Z^2(i, j) = S^2 n / (m (n - m)), S = sum over i <= t < j of (y[t] - mean y), m = j - i
 *
 * Stretches find a change that was taken back, which a search for steps alone misses (circular
 * binary segmentation: A. B. Olshen, E. S. Venkatraman, R. Lucito, M. Wigler, Biostatistics 5,
 * 2004). A permutation test decides: in what share of random orders of the same values is the
 * largest Z^2 as large? That needs no distribution: without a change the values are exchangeable,
 * and a false change is found with a probability of 1 - confidence at most, of which steps get 0.8
 * and stretches 0.2. Each end of a stretch is then tested against its neighbour alone, and each
 * part is searched in the same way.
 *
 * No part has fewer than two values: one value is an outlier, not a level. Values that depend on
 * those before them, as under a slow drift of the machine, are not exchangeable and give more false
 * changes.
 */
#ifndef SOAK_CHANGES_H
#define SOAK_CHANGES_H

#include <stddef.h>

#define CHANGES_PART_MIN 2
#define CHANGES_VALUES_MAX 1000

/*
 * Returns the number of changes, in order; ret_at[c] is the first value after change c. Room for n
 * of them is wanted. y finite, n <= CHANGES_VALUES_MAX. The same values give the same changes.
 * -ENOMEM.
 */
long changes_find(const double *y, size_t n, double confidence, size_t *ret_at);

#endif
