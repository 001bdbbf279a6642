/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two sets of runs, figure by figure, and what is decided from them. Pure: figures in, comparison
 * out.
 *
 * A is what there was, B the change. Runs are pairs, run i of A with run i of B, or they are not:
 * then each set has a mean and a spread. Speed and memory are compared by paired_ratio() or
 * unpaired_ratio(); events per op by rate_ratio() (compared_figure.h).
 *
 * Speed decides, and what else is required. The error that is promised is of all decisions
 * together: k figures have intervals of 1 - (1 - confidence) / k (Bonferroni).
 *
 * In a run with programs that counted none of their ops, the speed is a lower bound and events per
 * op are an upper bound. These are not compared; a decision stands only if more ops would not
 * change it.
 */
#ifndef SOAK_COMPARISON_H
#define SOAK_COMPARISON_H

#include "soak/judge/compared_figure.h"

struct comparison_settings {
	bool decides[COMPARED_COUNT];
	double margin_pct[COMPARED_COUNT];
	double confidence;
};

struct comparison {
	size_t runs[2];
	bool paired;
	double confidence; /* of each interval */
	struct compared_row rows[COMPARED_COUNT];
	/* NO-GO if any figure that decides is, else INCONCLUSIVE if any is, else GO if any is */
	enum decision decision;
	size_t further[2]; /* runs of A and of B that would decide; 0 and 0: none would, or need */
	struct text reason;
	struct text advice; /* what to do; empty when there is nothing to do */
};

/* Speed decides, by the band of decision.h; the confidence is 95 %. */
void comparison_settings_init(struct comparison_settings *settings, double band_pct);

/*
 * Parses FIGURE, FIGURE=PERCENT or FIGURE=off, several with commas. Returns 0, or -EINVAL with one
 * line in `error`.
 */
int comparison_require(struct comparison_settings *settings, const char *list, struct text *error);

/* Returns 0 or -ENOMEM; comparison_release() is due after both. Pairs: sets of equal size. */
int comparison_of(const struct compared_set sets[2], bool paired,
	const struct comparison_settings *settings, struct comparison *ret_comparison);

void comparison_release(struct comparison *comparison);

/* Makes the comparison INCONCLUSIVE for this reason, whatever the figures are. */
void comparison_void(struct comparison *comparison, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
