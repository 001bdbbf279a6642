/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that runs away: see runaway.h. Called by the session's loop at each tick. */
#include <math.h>
#include <string.h>

#include "soak/record/series.h"
#include "soak/run/runaway.h"

#define MIB 1048576.0
#define POINTS (RUNAWAY_S + 1)

/* RSS and what was swapped out, which is read less often; NAN: not known. */
static double memory_of(struct runaway *runaway, const struct sample *sample)
{
	if (sample->v[METRIC_swap_bytes] != SAMPLE_NONE)
		runaway->swap_bytes = (double)sample->v[METRIC_swap_bytes];
	return series_of_sample(SERIES_RSS, sample) + runaway->swap_bytes;
}

static void remember(struct runaway *runaway, double t_s, double bytes)
{
	if (runaway->points && t_s - runaway->t_s[runaway->points - 1] < 1.0)
		return;
	if (runaway->points == POINTS) {
		runaway->points--;
		memmove(runaway->t_s, runaway->t_s + 1, (POINTS - 1) * sizeof(*runaway->t_s));
		memmove(runaway->bytes, runaway->bytes + 1, (POINTS - 1) * sizeof(*runaway->bytes));
	}
	runaway->t_s[runaway->points] = t_s;
	runaway->bytes[runaway->points++] = bytes;
}

bool runaway_seen(struct runaway *runaway, const struct runaway_limits *limits,
	const struct sample *sample, struct text *ret_text)
{
	double t_s = (double)sample->v[METRIC_t_ns] / 1e9, bytes = memory_of(runaway, sample);
	double length_s, pace;

	if (isnan(bytes))
		return false;
	remember(runaway, t_s, bytes);
	length_s = t_s - runaway->t_s[0];
	pace = (bytes - runaway->bytes[0]) / length_s;
	if (limits->bytes > 0.0 && bytes >= limits->bytes) {
		text_set(ret_text, "memory reached %.1f MiB, where --abort-at allows %.1f MiB",
			bytes / MIB, limits->bytes / MIB);
		return true;
	}
	if (!(limits->bytes_per_s > 0.0) || length_s < RUNAWAY_S || pace < limits->bytes_per_s)
		return false;
	text_set(ret_text,
		"memory grew by %.1f MiB/s over %.1f s to %.1f MiB, where --abort-at allows %.1f "
		"MiB/s",
		pace / MIB, length_s, bytes / MIB, limits->bytes_per_s / MIB);
	return true;
}
