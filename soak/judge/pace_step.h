/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A step down of the pace, and whether the host may be the reason. A host that became slower for
 * some seconds, as a neighbour on the same core makes it, leaves a step where the run ends before
 * they are over.
 */
#ifndef SOAK_JUDGE_PACE_STEP_H
#define SOAK_JUDGE_PACE_STEP_H

#include "soak/judge/pace.h"
#include "soak/stats/step_down.h"

/* The moment of a step of pace->wall, seconds since the start. */
double pace_step_when(const struct pace *pace, const struct step_down *step);

/* What is left of the step, without what goes along with the host, may be within the target. */
bool pace_step_explained(
	const struct pace_course *course, double when_s, double confidence, double target);

/*
 * Did the CPUs become slower for certain at that moment too, by PACE_HOST_SHARE of the target's
 * fall (per cent) at least? A target may feel what slows them more than the small piece of work
 * by which their speed is measured (bpf/speed.bpf.c). `slow`: of struct pace.
 */
bool pace_step_of_cpus(
	const struct pace_course *slow, double when_s, double fall, double confidence);

/* Is the pace uneven by such a step alone: may its CV be within the target without it? */
bool pace_uneven_by_step(const struct pace *pace, double confidence, double target);

#endif
