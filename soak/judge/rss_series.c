/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RSS less LazyFree: see rss_series.h. Called by judge.c and by the rules of memory. */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "soak/judge/rss_series.h"

#define LAZYFREE_PAGES 8.0 /* no more than that at any time is none */

bool has_lazyfree(const struct judge_input *input)
{
	for (size_t i = 0; input->series[SERIES_LAZYFREE] && i < input->n; i++)
		if (input->series[SERIES_LAZYFREE][i] > LAZYFREE_PAGES * input->page_bytes)
			return true;
	return false;
}

int resident_series(const struct judge_input *input, enum series_id series, double **ret_resident)
{
	const double *bytes = input->series[series];
	bool lazyfree = has_lazyfree(input);
	double *resident = NULL;

	*ret_resident = NULL;
	if (bytes && input->n > 0) {
		resident = calloc(input->n, sizeof(*resident));
		if (!resident)
			return -ENOMEM;
		for (size_t i = 0; i < input->n; i++) {
			/* an RSS of zero is a process that has gone, not a small one */
			resident[i] = bytes[i] > 0.0 ? bytes[i] : NAN;
			if (lazyfree)
				resident[i] -= input->series[SERIES_LAZYFREE][i];
		}
	}
	*ret_resident = resident;
	return 0;
}
