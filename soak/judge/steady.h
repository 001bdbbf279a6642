/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The steady window: the part of a run that is judged, after warm-up.
 *
 * The warm-up is given (warmup_s >= 0) or found: the ops rate and RSS are divided into up to 200
 * bins each; each is truncated by MSER about a line (soak/stats/mser.h) with a tolerance of 0.1 %
 * of its mean (RSS: at least two pages); the later of the two cuts counts. At most half of the run
 * is given up. A series that would need more "never settled"; that is reported but does not stop
 * the judging, because a leak may be the reason.
 */
#ifndef SOAK_STEADY_H
#define SOAK_STEADY_H

#include <stdbool.h>
#include <stddef.h>

#include "soak/judge/judge.h"

#define STEADY_SAMPLES_MIN 20
#define STEADY_SECONDS_MIN 5.0

struct steady_window {
	bool present; /* enough samples and seconds remain */
	bool found;   /* found from the data, not given */
	double from_s, to_s;
	/* samples first .. first + samples - 1 of the input, including those with NaN */
	size_t first, samples;
	double interval_s; /* mean distance of samples */
	char how[128];
};

/* resident_bytes: RSS - LazyFree, or NULL. The window may be absent but is always filled in. */
struct steady_window steady_window_find(
	const struct judge_input *input, const double *resident_bytes);

#endif
