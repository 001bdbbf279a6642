/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Growth that was found may be the rise of one tooth of a sawtooth, of which the run is too short
 * to show the four that cycles (soak/stats/cycles.h) are known by.
 */
#ifndef SOAK_JUDGE_TOOTH_H
#define SOAK_JUDGE_TOOTH_H

#include <stdbool.h>

#include "soak/judge/resident.h"

/*
 * What doubts there are about a verdict on growth, PASS apart, and advice for a run that would
 * clear them. A FAIL becomes INCONCLUSIVE, reason and all:
 *
 * If it may be a tooth. It may, unless RSS rose by half as much again as it evidently fell, before
 * the fall or after it: no tooth after one of its like does. Nor is it one where the deepest fall
 * that the bins show is less than a quarter of all that RSS rose. Where the window was found in the
 * data, what was set aside is looked at as well. A fall there in the first tenth of the run is
 * start-up's; and the growth of the whole run must be above `bearable`, bytes/s, for certain.
 *
 * If the window's last third, tenth or twentieth by itself excludes the growth of the window: what
 * grew has ended.
 *
 * `allowed`, bytes/s: the slope that a longer run is to be told from.
 */
void tooth_weigh(const struct rule_context *context, const struct resident_growth *growth,
	double bearable, double allowed, struct rule_result *result);

/* The first of these doubts alone. */
bool tooth_possible(
	const struct rule_context *context, const struct resident_growth *growth, double bearable);

#endif
