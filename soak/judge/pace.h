/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The target's pace in the steady window: ops per second, ops per second of its own CPU time, the
 * host's load meanwhile, and whether that load explains a pace that fell or scattered.
 *
 * The host can be a confounder in two ways. It took CPU time from the target, by steal or for other
 * processes; less than PACE_HOST_QUIET explains nothing. Or its CPUs were slow, because of a
 * neighbour on the sibling hyperthread or a lower clock. No process is charged for that, but a
 * fixed piece of work takes longer (bpf/speed.bpf.c). The size of an effect is never computed from
 * the load itself; only how the pace moves with the load counts.
 */
#ifndef SOAK_JUDGE_PACE_H
#define SOAK_JUDGE_PACE_H

#include "soak/judge/rule.h"
#include "soak/stats/bins.h"
#include "soak/stats/spread.h"

#define PACE_HOST_QUIET 0.01
/* Of the variance, or of a step: a host that goes along with so much of it, measured as roughly as
 * it is, may well be the reason for the rest. */
#define PACE_HOST_SHARE 0.25
#define PACE_COARSE 100

struct pace_course {
	size_t n;
	double t[BINS_MAX], y[BINS_MAX];
	double host[BINS_MAX]; /* the possible confounder, in the same bin: more means slower */
};

/* ops/s and ops per CPU second, beside one confounder */
struct pace_reason {
	struct pace_course by_wall, by_cpu;
};

struct pace {
	struct bins wall;               /* ops/s, every bin that has readings */
	struct pace_reason taken, slow; /* CPUs taken; seconds for the piece of work */
	double steal, other;            /* mean CPUs; NaN: not known */
	struct spread work;             /* of slow; cv NaN: not known */
};

/*
 * Ops rates in equal bins of at least a second where the window holds twenty of these, PACE_COARSE
 * of them at most, or BINS_MAX. Each is made once per judgement, and belongs to it.
 */
const struct pace *pace_of(const struct rule_context *context, bool coarse);

/* Is it known that the host took enough to matter? Is the speed of its CPUs known? */
bool pace_disturbed(const struct pace *pace);
bool pace_speed_known(const struct pace *pace);

/* The host took enough, but was read too rarely to relate the pace to it. */
bool pace_disturbed_unseen(const struct pace *pace);

/* At even speed, in per cent: a fall, of the pace at the window's start, or a CV. NaN: unknown. */
struct pace_even {
	double estimate, low, high;
};

/*
 * The remaining fall after the part that moves with `host` is removed, by least squares on time and
 * `host` together (Frisch and Waugh, Econometrica 1, 1933). If the two moved together, the interval
 * is accordingly wide.
 */
struct pace_even pace_fall(const struct pace_course *course, double from_s, double to_s,
	double start, double confidence);

/*
 * The low end of the remaining fall, to decide whether the host explains the fall. INFINITY: the
 * host explains nothing, because it took no more at the end than at the start, or the pace
 * certainly does not suffer from it. -INFINITY: the two cannot be told apart.
 */
double pace_fall_low(const struct pace_course *course, double from_s, double to_s, double start,
	double confidence);

struct pace_scatter {
	struct pace_even left; /* a CV */
	double share;
};

/*
 * The same for scatter: the remaining CV, and the share of the variance that moves with `host`. NaN
 * and 0 if the pace does not fall significantly as `host` rises.
 */
struct pace_scatter pace_scatter(const struct pace_course *course, double confidence);

/* Low end of the CV, in per cent, of bins with a quiet host; NaN: fewer than 10 of them. */
double pace_quiet_low(const struct pace_course *course, double confidence);

/* "0.12 CPUs stolen, 0.4 used by others"; empty if unknown. */
struct phrase pace_say_taken(const struct pace *pace);

#endif
