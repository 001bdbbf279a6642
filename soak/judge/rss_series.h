/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory less what the kernel may take back at will: what all rules on memory judge. */
#ifndef SOAK_JUDGE_RSS_SERIES_H
#define SOAK_JUDGE_RSS_SERIES_H

#include "soak/judge/judge.h"

/* Is there ever so much of it, more than 8 pages, that RSS less it is another series? */
bool has_lazyfree(const struct judge_input *input);

/*
 * One value for each sample, NaN where it was not read: where there is LazyFree, wherever that was
 * not read, as it may come and go faster. NULL where the series was not measured. The caller frees.
 * Returns 0 or -ENOMEM.
 */
int resident_series(const struct judge_input *input, enum series_id series, double **ret_resident);

#endif
