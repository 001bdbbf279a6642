/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Growth may be the rise of one tooth of a sawtooth, if the run is too short to show the four teeth
 * by which cycles (soak/stats/cycles.h) are recognised.
 */
#ifndef SOAK_JUDGE_TOOTH_H
#define SOAK_JUDGE_TOOTH_H

#include <stdbool.h>

#include "soak/judge/resident.h"

/*
 * Adds doubts about a verdict on growth other than PASS, and advice for a run that would remove
 * them. A FAIL becomes INCONCLUSIVE, with its reason, in two cases:
 *
 * The growth may be one tooth. It may, unless RSS rose by half as much again as it evidently fell,
 * before the fall or after it, because a tooth after a similar one does not. It is not a tooth
 * either if the deepest fall that the bins show is less than a quarter of the whole rise of RSS. If
 * the window was found in the data, the data before it is examined as well. There, a fall in the
 * first tenth of the run belongs to start-up, and the growth of the whole run must certainly be
 * above `bearable`, bytes/s.
 *
 * The window's last third, tenth or twentieth by itself excludes the growth of the window: the
 * growth has ended.
 *
 * `allowed`, bytes/s: the slope from which a longer run must distinguish the growth.
 */
void tooth_weigh(const struct rule_context *context, const struct resident_growth *growth,
	double bearable, double allowed, struct rule_result *result);

/* The first of these doubts alone. */
bool tooth_possible(
	const struct rule_context *context, const struct resident_growth *growth, double bearable);

#endif
