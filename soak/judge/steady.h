/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The steady window: the part of a run that is judged, after warm-up.
 *
 * Given (warmup_s >= 0), or found: the ops rate and the RSS are cut into up to 200 bins each, each
 * is truncated by MSER about a line (soak/stats/mser.h) with a tolerance of 0.1 % of its mean (RSS:
 * at least two pages), and the later of the two cuts is taken. At most half of the run is given up;
 * a series that would need more "never settled", which is said and does not stop the judging: a
 * leak may be the reason.
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
	bool found;   /* from the data, not given */
	double from_s, to_s;
	/* the samples first .. first + samples - 1 of the input, whatever they lack */
	size_t first, samples;
	double interval_s; /* mean distance of samples */
	char how[128];
};

/* resident_bytes: RSS - LazyFree, or NULL. The window may be absent but is always filled in. */
struct steady_window steady_window_find(
	const struct judge_input *input, const double *resident_bytes);

#endif
