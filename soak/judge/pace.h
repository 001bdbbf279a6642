/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The target's pace in the steady window: ops per second, ops per second of its own CPU time, and
 * what the host did meanwhile. And whether that explains a pace that fell or scattered.
 *
 * `host` is the CPU time, in CPUs, that the target could not have: taken by the hypervisor (steal),
 * or used by other processes. A host that takes less than PACE_HOST_QUIET explains nothing.
 * Hypervisor steal is not always charged in full (a sibling hyperthread's load slows a CPU down
 * without any), so the size of an effect is never computed from it: only how the pace moves with it
 * counts.
 */
#ifndef SOAK_JUDGE_PACE_H
#define SOAK_JUDGE_PACE_H

#include "soak/judge/rule.h"
#include "soak/stats/bins.h"

#define PACE_HOST_QUIET 0.01

struct pace_course {
	size_t n;
	double t[BINS_MAX], y[BINS_MAX];
	double host[BINS_MAX]; /* in the same bin */
};

struct pace {
	struct bins wall; /* ops/s, every bin that has readings */
	/* where the host is known as well: ops/s, and ops per CPU second */
	struct pace_course by_wall, by_cpu;
	double steal, other; /* mean CPUs; NaN: not known */
};

/* Ops rates in equal bins of at least a second where the window holds twenty of these. */
void pace_measure(const struct rule_context *context, size_t count_max, struct pace *ret_pace);

/* Is it known that the host took enough to matter? */
bool pace_disturbed(const struct pace *pace);

/*
 * What remains of a fall if what goes along with `host` is taken out: low end of its interval, in
 * per cent of the start over the window. By least squares on time and `host` together (Frisch and
 * Waugh, Econometrica 1, 1933): where the two moved as one, the interval is as wide as it must be.
 * INFINITY if the host explains nothing: it took no more at the end than at the start, or the
 * pace certainly does not suffer from it. -INFINITY: there is no telling the two apart.
 */
double pace_fall_low(const struct pace_course *course, double from_s, double to_s, double start,
	double confidence);

/*
 * What remains of the scatter, like that: low end of the CV in per cent; and the share of the
 * variance that goes along with `host`. INFINITY and 0 if the pace does not fall significantly as
 * the host takes more.
 */
double pace_scatter_low(const struct pace_course *course, double confidence, double *ret_share);

/* Low end of the CV, in per cent, of the bins with a quiet host; NaN if there are not 10. */
double pace_quiet_low(const struct pace_course *course, double confidence);

/* "0.12 CPUs stolen, 0.4 used by others", or nothing where it is not known. */
struct phrase pace_say_host(const struct pace *pace);

#endif
