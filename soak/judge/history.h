/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The course of each figure over runs in order of time, and where it changed its level: by
 * changes_find() of the logarithms, with 99 % confidence for each figure. How large a change is,
 * compare_figure() says of the runs between the change before and this one, and those from this one
 * to the next: a ratio with its 95 % interval. Pure: figures in, changes out.
 */
#ifndef SOAK_HISTORY_H
#define SOAK_HISTORY_H

#include "soak/judge/compared_figure.h"

#define HISTORY_CONFIDENCE 0.99
#define HISTORY_RUNS_MIN 11 /* that measured a figure; fewer show no change */

struct history_change {
	size_t run;              /* the first one that has the new level */
	size_t before, after;    /* runs of the old level and of the new one */
	struct compared_row row; /* A: before, B: after */
};

struct history_course {
	size_t measured; /* runs */
	struct history_change *changes;
	size_t n;
};

struct history {
	struct history_course courses[COMPARED_COUNT];
};

/*
 * Changes of less than `least_pct` per cent are left out. A run that counted not all of its ops has
 * no speed and no events per op. n <= CHANGES_VALUES_MAX. Returns 0 or -ENOMEM; history_release()
 * is due in any case.
 */
int history_of(
	const struct run_figures *runs, size_t n, double least_pct, struct history *ret_history);
void history_release(struct history *history);

/* The value of a run, as the course of the figure has it. NaN: not measured. */
double history_value(enum compared figure, const struct run_figures *run);

#endif
