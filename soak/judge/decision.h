/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The published rule for a change, decided by the interval of its paired ratio of speeds.
 *
 * With a band of p per cent (an environment-only change 1.0, a build-level change 0.5): GO if all
 * of the interval is at 1 + p or above, NO-GO if all of it is below 1 - p, NEUTRAL if all of it
 * lies in between. Otherwise the interval straddles a threshold: INCONCLUSIVE, with the number of
 * further pairs that would decide if ratio and scatter stay the same.
 *
 * Fewer than six runs in all, three pairs, decide nothing. Runs may be fast or slow by chance, by
 * where the loader put the program: two fast ones against two slow ones look certain, and come up
 * in 1 of 16; three against three in 1 of 64, which is within the error that is promised.
 */
#ifndef SOAK_DECISION_H
#define SOAK_DECISION_H

#include <stddef.h>

#include "soak/stats/paired.h"

#define DECISION_BAND_ENV_PCT 1.0
#define DECISION_BAND_BUILD_PCT 0.5
#define DECISION_RUNS_MIN 6

enum decision { DECISION_GO, DECISION_NEUTRAL, DECISION_NO_GO, DECISION_INCONCLUSIVE };

const char *decision_name(enum decision decision); /* "GO", "NEUTRAL", "NO-GO", "INCONCLUSIVE" */

/*
 * `ret_further`: 0 unless INCONCLUSIVE; then the number of further pairs, or of runs of the smaller
 * set, that would decide, or 0 if no reasonable number would. Of too few runs: up to the published
 * ten.
 */
enum decision decide(
	const struct paired *speed, double band_pct, double confidence, size_t *ret_further);

/*
 * The same of a cost, of which more is worse and may be so by a margin of p per cent: NO-GO if all
 * of the interval is above 1 + p, GO if all of it is below 1 - p, NEUTRAL if none of it is above
 * 1 + p, else INCONCLUSIVE.
 */
enum decision decide_cost(
	const struct paired *cost, double margin_pct, double confidence, size_t *ret_further);

#endif
