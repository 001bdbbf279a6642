/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which sites of the sampled heap grow over a window. docs/heap-sampling.md#growing-sites.
 *
 * Two tests for each site, of which the larger p-value counts: whether its live bytes rise,
 * against noise that resembles itself (a line by linefit.h, and the mean of the steps, which also
 * bears a random walk); and what it gained against the doubt of sampling. Among the sites the false
 * discovery rate is controlled (fdr.h). A site must also have risen in the last third of the
 * window: a cache that fills and stops is not named. The intervals have the confidence 1 - named q
 * / tested, so that on average they cover as often as they promise although only what grew is
 * looked at (Y. Benjamini and D. Yekutieli, J. Am. Stat. Assoc. 100, 2005).
 */
#ifndef SOAK_JUDGE_GROWING_H
#define SOAK_JUDGE_GROWING_H

#include "soak/judge/judge.h"
#include "soak/record/run_heap.h"

#define GROWING_FDR 0.05
#define GROWING_READINGS_MIN 20

struct growing_site {
	size_t site; /* index in heap.sites */
	double p;
	double per_h, low, high; /* bytes per hour */
};

struct growing {
	struct run_heap heap;
	struct growing_site *sites; /* named ones, the fastest first */
	size_t count, tested, readings;
	double from_s, to_s; /* of the readings */
	double reach_per_h;  /* at least so fast a site must grow to be named 9 times in 10 */
};

/*
 * Returns 0, -ENOENT if nothing was sampled, -ENODATA if fewer than GROWING_READINGS_MIN readings
 * lie in the window, -ENOMEM or -EIO. After 0 the caller calls growing_release().
 */
int growing_find(struct run *run, const struct judge_window *window, struct growing *ret_growing);
void growing_release(struct growing *growing);

/* Names what grows in the reasons of the rules on drift that did not pass. */
void growing_explain(struct run *run, struct judgement *judgement);

#endif
