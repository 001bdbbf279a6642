/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The five figures of the published benchmark, for a handful of values. */
#ifndef SOAK_SUMMARY_H
#define SOAK_SUMMARY_H

#include <stddef.h>

struct summary {
	size_t n;
	double mean, median, min, max;
	double cv; /* sample standard deviation over mean; NaN for one value */
};

/* All NaN for n = 0. y finite, and left as it is. Returns 0 or -ENOMEM. */
int summary_of(const double *y, size_t n, struct summary *ret_summary);

#endif
