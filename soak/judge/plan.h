/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plans how long a run must be.
 *
 * For each rule: the length with which it PASSes with probability PLAN_POWER if the program is as
 * expected, and the length with which it FAILs with that probability if the program is at
 * `violation` times the target. For the counting rules the lengths follow from the exact
 * distribution (soak/stats/poisson_plan.h), for throughput_cv from that of a standard deviation.
 * For rules on a line or a ratio, runs with the given noise are generated and judged by the rule
 * itself, so that plan and verdict cannot disagree.
 *
 * Assumes AR(1) noise, and a steady window that begins after the warm-up. All lengths are those of
 * the window, in seconds; INFINITY: more than 30 days.
 */
#ifndef SOAK_JUDGE_PLAN_H
#define SOAK_JUDGE_PLAN_H

#include "soak/judge/judge.h"
#include "soak/record/run_reader.h"

#define PLAN_POWER 0.9

/* What a rule on growth judges. */
struct plan_resident {
	double bytes;
	double beside_bytes; /* that count in the level, and stay as they are */
	/* standard deviation, as a share, of readings this far apart; correlation time; 0: none */
	double noise, every_s, memory_s;
};

struct plan_program {
	double ops_per_s;
	double calls_per_op, churn_per_op;           /* as expected of a good run */
	double calls_per_s;                          /* likewise, of those in the budget */
	double faults_per_s;                         /* 0: not known, fault_growth is not planned */
	struct plan_resident rss, memory;            /* of rss_drift, of memory_drift */
	double ops_noise, ops_every_s, ops_memory_s; /* as of a plan_resident */
	double page_bytes;
};

struct plan_need {
	bool planned;
	double pass_s, detect_s;
	double pass_ops, detect_ops; /* of the counting rules; else NaN */
};

/*
 * Plans one rule. `need` comes preset with planned = true and without ops; a rule that cannot be
 * planned for this program sets planned = false. Returns 0 or -ENOMEM.
 */
typedef int plan_fn(const struct plan_program *program, const struct judge_settings *settings,
	enum rule rule, double violation, struct plan_need *need);

plan_fn plan_syscall_budget, plan_churn_budget, plan_syscall_rate, plan_drift, plan_fault_growth,
	plan_throughput_drop, plan_throughput_cv;

/* Plausible values: 50 M ops/s, 64 MiB, no calls, noise of 0.5 % of RSS and 1 % of ops/s. */
void plan_program_init(struct plan_program *program);

/*
 * Sets the program's figures from the steady window of a run. Figures that the run lacks stay.
 * Returns 0, or -EINVAL if the run has no steady window.
 */
int plan_program_from(
	struct run *run, const struct judgement *judgement, struct plan_program *program);

/* Returns 0 or -ENOMEM. */
int plan(const struct plan_program *program, const struct judge_settings *settings,
	double violation, struct plan_need ret_need[RULE_COUNT]);

#endif
