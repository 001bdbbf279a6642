/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Growth that was found may be the rise of one tooth of a sawtooth, of which the run is too short
 * to show the four that cycles (soak/stats/cycles.h) are known by.
 */
#ifndef SOAK_JUDGE_TOOTH_H
#define SOAK_JUDGE_TOOTH_H

#include <stdbool.h>

#include "soak/judge/resident.h"

struct tooth {
	bool possible;
	double fall_bytes, when_s; /* an evident fall; 0: none, but the whole run need not grow */
	double length_s;           /* of that tooth; NAN: none */
};

/*
 * It may, unless RSS rose by half as much again as it evidently fell, before the fall or after it:
 * no tooth after one of its like does. Where the window was found in the data, what was set aside
 * is looked at as well. A fall there in the first tenth of the run is start-up's; and the growth of
 * the whole run must be above `slope`, bytes/s, for certain.
 */
struct tooth tooth_look(
	const struct rule_context *context, const struct resident_growth *growth, double slope);

/* Advises a run of enough teeth; without an evident fall as resident_advise() does. */
void tooth_advise(const struct rule_context *context, const struct tooth *tooth,
	const struct resident_growth *growth, double slope, struct rule_result *result);

/* Turns a rule's FAIL, reason and all, to INCONCLUSIVE, and advises a run of enough teeth. */
void tooth_conclude(const struct rule_context *context, const struct tooth *tooth,
	const struct resident_growth *growth, double slope, struct rule_result *result);

#endif
