/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory without LazyFree, which the kernel may take back at will: all rules on memory judge it. */
#ifndef SOAK_JUDGE_RSS_SERIES_H
#define SOAK_JUDGE_RSS_SERIES_H

#include "soak/judge/judge.h"

/* Did the run ever have so much LazyFree, more than 8 pages, that subtracting it matters? */
bool has_lazyfree(const struct judge_input *input);

/*
 * One value for each sample; NaN: not read. If the run has LazyFree, a value is also NaN wherever
 * LazyFree was not read, because LazyFree may change faster. *ret_resident is NULL if the series
 * was not measured; the caller frees it. Returns 0 or -ENOMEM.
 */
int resident_series(const struct judge_input *input, enum series_id series, double **ret_resident);

#endif
