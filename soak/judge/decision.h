/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The published rule for a change, decided by the interval of its paired ratio of speeds.
 *
 * With a band of p per cent (an environment-only change 1.0, a build-level change 0.5): GO if all
 * of the interval is at 1 + p or above, NO-GO if all of it is below 1 - p, NEUTRAL if all of it
 * lies in between. Otherwise the interval straddles a threshold: INCONCLUSIVE, with the number of
 * further pairs that would decide if ratio and scatter stay the same.
 */
#ifndef SOAK_DECISION_H
#define SOAK_DECISION_H

#include <stddef.h>

#include "soak/stats/paired.h"

#define DECISION_BAND_ENV_PCT 1.0
#define DECISION_BAND_BUILD_PCT 0.5

enum decision { DECISION_GO, DECISION_NEUTRAL, DECISION_NO_GO, DECISION_INCONCLUSIVE };

const char *decision_name(enum decision decision); /* "GO", "NEUTRAL", "NO-GO", "INCONCLUSIVE" */

/*
 * `ret_further`: 0 unless INCONCLUSIVE; then the number of further pairs needed, or 0 if no
 * reasonable number suffices. One pair has no interval; then the published ten pairs are needed.
 */
enum decision decide(
	const struct paired *speed, double band_pct, double confidence, size_t *ret_further);

#endif
