/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RSS less LazyFree: see rss_series.h. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "soak/judge/rss_series.h"

int resident_series(const struct judge_input *input, double **ret_resident)
{
	double *resident = NULL;

	if (input->rss_bytes && input->n > 0) {
		resident = calloc(input->n, sizeof(*resident));
		if (!resident)
			return -ENOMEM;
		for (size_t i = 0; i < input->n; i++) {
			double lazy = input->lazyfree_bytes ? input->lazyfree_bytes[i] : 0.0;

			/* an RSS of zero is a process that has gone, not a small one */
			resident[i] = input->rss_bytes[i] > 0.0
					      ? input->rss_bytes[i] - (isnan(lazy) ? 0.0 : lazy)
					      : NAN;
		}
	}
	*ret_resident = resident;
	return 0;
}
