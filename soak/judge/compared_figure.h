/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One figure of two sets of runs: its ratio, and what it decides.
 *
 * Levels (speed, memory) are compared by paired_ratio() or unpaired_ratio(); events per op, which
 * may well be none at all, by rate_ratio() with each run as a block, which knows no pairs. A rate
 * that is too low to matter, 1e-8 per op or one page fault a second, decides nothing against B.
 */
#ifndef SOAK_COMPARED_FIGURE_H
#define SOAK_COMPARED_FIGURE_H

#include <stdbool.h>

#include "soak/judge/decision.h"
#include "soak/judge/run_figures.h"
#include "soak/words/text.h"

enum compared {
	COMPARED_SPEED,
	COMPARED_RSS_MEAN,
	COMPARED_RSS_PEAK,
	COMPARED_MEMORY,
	COMPARED_FAULTS,
	COMPARED_CHURN,
	COMPARED_COUNT
};

struct compared_set {
	const struct run_figures *runs;
	size_t n; /* >= 1 */
};

struct compared_row {
	double a, b;             /* geometric means; of events all of them per all ops */
	double ratio, low, high; /* B over A; NaN: not known */
	bool decides;
	double margin_pct;
	enum decision decision; /* of a figure that decides */
	size_t further;         /* see decide() */
	struct text reason;     /* one sentence */
};

const char *compared_name(enum compared figure); /* "speed" */
const char *compared_unit(enum compared figure); /* "ops/s" */

/* One run's value; NaN if it was not measured. */
double compared_value(enum compared figure, const struct run_figures *run);

/* What the figures of one comparison have in common. */
struct compared_by {
	bool paired;
	double confidence; /* of the interval */
	bool uncounted;    /* programs of some run counted none of their ops */
};

/* Returns 0 or -ENOMEM. The row brings `decides` and `margin_pct`. */
int compare_figure(const struct compared_set sets[2], enum compared figure,
	const struct compared_by *by, struct compared_row *row);

/* Sets a row's reason. */
void compared_say(struct compared_row *row, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* And takes back its decision. */
void compared_undecided(struct compared_row *row);

#endif
