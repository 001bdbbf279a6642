/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The course of figures over many runs: see history.h. Called by soak history. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "soak/judge/history.h"
#include "soak/stats/changes.h"

#define TINY_PER_OP 1e-8 /* events: fewer do not matter, as in compared_figure.h */

static bool is_per_op(enum compared figure)
{
	return figure == COMPARED_FAULTS || figure == COMPARED_CHURN;
}

double history_value(enum compared figure, const struct run_figures *run)
{
	double value = compared_value(figure, run);

	if (run->uncounted_calls > 0.0 && (is_per_op(figure) || figure == COMPARED_SPEED))
		return NAN;
	return is_per_op(figure) || value > 0.0 ? value : NAN;
}

/* The runs that measured one figure. */
struct measured {
	struct run_figures *runs;
	size_t *run; /* their places among all runs */
	double *logs;
	size_t *at;
	size_t n;
};

static void pick(
	const struct run_figures *runs, size_t n, enum compared figure, struct measured *measured)
{
	measured->n = 0;
	for (size_t i = 0; i < n; i++) {
		double value = history_value(figure, &runs[i]);
		double least = is_per_op(figure) ? TINY_PER_OP : 0.0;

		if (!isfinite(value))
			continue;
		measured->runs[measured->n] = runs[i];
		measured->run[measured->n] = i;
		measured->logs[measured->n++] = log(fmax(value, least));
	}
}

/* NaN, as from none at all, is no small change. */
static bool is_small(const struct compared_row *row, double least_pct)
{
	return 100.0 * fabs(row->ratio - 1.0) < least_pct;
}

/* Change c of the figure: between the one before and the next. */
static int weigh_change(const struct measured *measured, size_t changes, size_t c,
	enum compared figure, struct history_change *ret_change)
{
	size_t first = c ? measured->at[c - 1] : 0, at = measured->at[c];
	size_t end = c + 1 < changes ? measured->at[c + 1] : measured->n;
	const struct compared_set sets[2] = {
		{&measured->runs[first], at - first}, {&measured->runs[at], end - at}};
	const struct compared_by by = {.confidence = 0.95};

	*ret_change = (struct history_change){
		.run = measured->run[at], .before = at - first, .after = end - at};
	return compare_figure(sets, figure, &by, &ret_change->row);
}

static int follow(struct measured *measured, enum compared figure, double least_pct,
	struct history_course *course)
{
	long changes = changes_find(measured->logs, measured->n, HISTORY_CONFIDENCE, measured->at);

	course->measured = measured->n;
	if (changes <= 0)
		return (int)changes;
	course->changes = calloc((size_t)changes, sizeof(*course->changes));
	if (!course->changes)
		return -ENOMEM;
	for (size_t c = 0; c < (size_t)changes; c++) {
		struct history_change *change = &course->changes[course->n];
		int code = weigh_change(measured, (size_t)changes, c, figure, change);

		if (code)
			return code;
		if (is_small(&change->row, least_pct))
			text_release(&change->row.reason);
		else
			course->n++;
	}
	return 0;
}

int history_of(
	const struct run_figures *runs, size_t n, double least_pct, struct history *ret_history)
{
	struct measured measured = {.runs = calloc(n + 1, sizeof(*measured.runs)),
		.run = calloc(n + 1, sizeof(*measured.run)),
		.logs = calloc(n + 1, sizeof(*measured.logs)),
		.at = calloc(n + 1, sizeof(*measured.at))};
	bool room = measured.runs && measured.run && measured.logs && measured.at;
	int code = room ? 0 : -ENOMEM;

	*ret_history = (struct history){0};
	for (int f = 0; f < COMPARED_COUNT && !code; f++) {
		pick(runs, n, f, &measured);
		code = follow(&measured, f, least_pct, &ret_history->courses[f]);
	}
	free(measured.runs);
	free(measured.run);
	free(measured.logs);
	free(measured.at);
	return code;
}

void history_release(struct history *history)
{
	for (int f = 0; f < COMPARED_COUNT; f++) {
		struct history_course *course = &history->courses[f];

		for (size_t c = 0; c < course->n; c++)
			text_release(&course->changes[c].row.reason);
		free(course->changes);
	}
	*history = (struct history){0};
}
