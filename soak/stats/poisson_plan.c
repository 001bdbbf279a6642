/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Planning a count: see poisson_plan.h. Used by soak plan. */
#include <math.h>

#include <gsl/gsl_cdf.h>

#include "soak/stats/poisson.h"
#include "soak/stats/poisson_plan.h"

#define EVENTS_MAX 1e6

/* The next count to look at: each one at first, then in steps of 2 %. */
static double next(double events)
{
	return events + fmax(1.0, floor(events / 50.0));
}

double poisson_plan_below(double rate, double target, double confidence, double power)
{
	double low, high, beyond;

	if (!(target > 0.0) || !(rate < target))
		return INFINITY;
	for (double events = 0.0; events < EVENTS_MAX; events = next(events)) {
		poisson_interval(events, confidence, &low, &high);
		/* up to the next one's exposure no more than `events` are borne */
		poisson_interval(events + 1.0, confidence, &low, &beyond);
		if (rate <= 0.0 ||
			gsl_cdf_poisson_P((unsigned int)events, rate * beyond / target) >= power)
			return high / target;
	}
	return INFINITY;
}

double poisson_plan_above(double rate, double target, double confidence, double power)
{
	double low, high;

	if (!(target > 0.0) || !(rate > target))
		return INFINITY;
	for (double events = 1.0; events < EVENTS_MAX; events = next(events)) {
		poisson_interval(events, confidence, &low, &high);
		/* beyond this exposure more than `events` are asked for */
		if (gsl_cdf_poisson_Q((unsigned int)events, rate * low / target) >= power)
			return low / target;
	}
	return INFINITY;
}
