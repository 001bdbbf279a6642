/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mean, median and their company: see summary.h. Used by the benchmark's table. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "soak/stats/summary.h"

int summary_of(const double *y, size_t n, struct summary *ret_summary)
{
	struct summary found = {
		.n = n, .mean = NAN, .median = NAN, .min = NAN, .max = NAN, .cv = NAN};
	double *sorted = malloc((n ? n : 1) * sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	if (n > 0) {
		memcpy(sorted, y, n * sizeof(*sorted));
		gsl_sort(sorted, 1, n);
		found.mean = gsl_stats_mean(sorted, 1, n);
		found.median = gsl_stats_median_from_sorted_data(sorted, 1, n);
		found.min = sorted[0];
		found.max = sorted[n - 1];
	}
	if (n > 1)
		found.cv = gsl_stats_sd_m(sorted, 1, n, found.mean) / found.mean;
	free(sorted);
	*ret_summary = found;
	return 0;
}
