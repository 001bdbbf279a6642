/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Generated runs for the tests of verdicts: a plan in, all series of a run out, the same for the
 * same seed. Counters are cumulative.
 */
#ifndef TESTS_JUDGE_SERIES_H
#define TESTS_JUDGE_SERIES_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "soak/judge/judge.h"
#include "tests/judge_random.h"

#define MIB 1048576.0
#define PAGE 4096.0

struct plan {
	uint64_t seed;
	double seconds, interval_s;
	double rss_bytes;
	double leak_pct_per_hour;    /* of rss_bytes, in pages */
	double leak_step_bytes;      /* the leak grows by steps of this size; 0: a page */
	double rss_noise;            /* standard deviation, as a share of rss_bytes */
	double rss_memory_s;         /* correlation time of that noise; 0: white */
	double tooth_bytes, tooth_s; /* height and period of a sawtooth */
	double fill_bytes, fill_s;   /* a cache that fills evenly until fill_s, then stops */
	double ops_per_s;
	double ops_noise, ops_memory_s; /* like rss_noise */
	double ops_fall_pct;            /* over the run, evenly */
	double warmup_s;                /* ops/s is half and RSS 70 % until then */
	double peak_bytes, peak_s;      /* RSS is so much higher until then */
	double calls_per_op, faults_per_op;
	double fault_growth_pct; /* over the run, evenly */
	double fault_burst;      /* faults come in bursts of this size; 0: one by one */
	double faults_double_s;  /* they come twice as often from then on; 0: never */
};

struct series {
	size_t n;
	double *t, *rss, *ops, *calls, *faults;
};

/* One step of AR(1) noise of unit variance. */
static inline double noise_step(uint64_t *state, double before, double interval_s, double memory_s)
{
	double phi = memory_s > 0.0 ? exp(-interval_s / memory_s) : 0.0;

	return phi * before + sqrt(1.0 - phi * phi) * random_normal(state);
}

static inline double plan_rss(const struct plan *plan, double t, double noise)
{
	double step = plan->leak_step_bytes > 0.0 ? plan->leak_step_bytes : PAGE;
	double leak = plan->rss_bytes * plan->leak_pct_per_hour / 100.0 * t / 3600.0;
	double rss = plan->rss_bytes * (t < plan->warmup_s ? 0.7 : 1.0);

	rss += floor(leak / step) * step + noise * plan->rss_noise * plan->rss_bytes;
	if (plan->tooth_s > 0.0)
		rss += plan->tooth_bytes * fmod(t, plan->tooth_s) / plan->tooth_s;
	rss += t < plan->peak_s ? plan->peak_bytes : 0.0;
	if (plan->fill_s > 0.0)
		rss += plan->fill_bytes * fmin(t / plan->fill_s, 1.0);
	return floor(rss / PAGE) * PAGE;
}

static inline double plan_faults_per_op(const struct plan *plan, double t)
{
	return plan->faults_per_op * (1.0 + plan->fault_growth_pct / 100.0 * t / plan->seconds) *
	       (plan->faults_double_s > 0.0 && t >= plan->faults_double_s ? 2.0 : 1.0);
}

static inline void series_fill(const struct plan *plan, struct series *s)
{
	uint64_t state = plan->seed;
	double rss_noise = random_normal(&state), ops_noise = random_normal(&state);
	double burst = plan->fault_burst > 0.0 ? plan->fault_burst : 1.0;

	for (size_t i = 0; i < s->n; i++) {
		double t = (double)i * plan->interval_s, progress = t / plan->seconds, ops;

		rss_noise = noise_step(&state, rss_noise, plan->interval_s, plan->rss_memory_s);
		ops_noise = noise_step(&state, ops_noise, plan->interval_s, plan->ops_memory_s);
		s->t[i] = t;
		s->rss[i] = plan_rss(plan, t, rss_noise);
		s->ops[i] = s->calls[i] = s->faults[i] = 0.0;
		if (i == 0)
			continue;
		ops = plan->ops_per_s * plan->interval_s * (t < plan->warmup_s ? 0.5 : 1.0) *
		      (1.0 - plan->ops_fall_pct / 100.0 * progress) *
		      (1.0 + plan->ops_noise * ops_noise);
		ops = fmax(floor(ops), 0.0);
		s->ops[i] = s->ops[i - 1] + ops;
		s->calls[i] = s->calls[i - 1] + random_poisson(&state, ops * plan->calls_per_op);
		s->faults[i] =
			s->faults[i - 1] +
			burst * random_poisson(&state, ops * plan_faults_per_op(plan, t) / burst);
	}
}

/* Aborts when out of memory. */
static inline struct series series_new(const struct plan *plan)
{
	struct series s = {.n = (size_t)(plan->seconds / plan->interval_s) + 1};

	s.t = calloc(5 * s.n, sizeof(double));
	if (!s.t)
		abort();
	s.rss = s.t + s.n;
	s.ops = s.rss + s.n;
	s.calls = s.ops + s.n;
	s.faults = s.calls + s.n;
	series_fill(plan, &s);
	return s;
}

static inline void series_free(struct series *s)
{
	free(s->t);
}

/* A judge_input over all of the series, nothing lost, the window to be found. */
static inline struct judge_input series_input(const struct series *s)
{
	return (struct judge_input){
		.n = s->n,
		.t_s = s->t,
		.series[SERIES_RSS] = s->rss,
		.series[SERIES_OPS] = s->ops,
		.series[SERIES_BUDGET_CALLS] = s->calls,
		.series[SERIES_FAULTS] = s->faults,
		.page_bytes = PAGE,
		.warmup_s = -1.0,
	};
}

#endif
