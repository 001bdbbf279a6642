/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One figure of a comparison: see compared_figure.h. Called by comparison.c. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/judge/compared_figure.h"
#include "soak/judge/wording.h"
#include "soak/stats/poisson.h"
#include "soak/stats/rate_ratio.h"

#define TINY_PER_OP 1e-8
#define TINY_PER_SECOND 1.0

static const struct {
	const char *name, *unit;
} info[COMPARED_COUNT] = {[COMPARED_SPEED] = {"speed", "ops/s"},
	[COMPARED_RSS_MEAN] = {"RSS mean", "bytes"},
	[COMPARED_RSS_PEAK] = {"RSS peak", "bytes"},
	[COMPARED_MEMORY] = {"memory mean", "bytes"},
	[COMPARED_FAULTS] = {"page faults", "per op"},
	[COMPARED_CHURN] = {"churn calls", "per op"}};

const char *compared_name(enum compared figure)
{
	return info[figure].name;
}

const char *compared_unit(enum compared figure)
{
	return info[figure].unit;
}

static bool counted(enum compared figure)
{
	return figure == COMPARED_FAULTS || figure == COMPARED_CHURN;
}

static double events(enum compared figure, const struct run_figures *run)
{
	return figure == COMPARED_FAULTS ? run->faults : run->churn_calls;
}

double compared_value(enum compared figure, const struct run_figures *run)
{
	switch (figure) {
	case COMPARED_SPEED:
		return run->ops_per_s;
	case COMPARED_RSS_MEAN:
		return run->rss_mean_bytes;
	case COMPARED_RSS_PEAK:
		return run->rss_peak_bytes;
	case COMPARED_MEMORY:
		return run->memory_mean_bytes;
	default:
		return run->ops > 0 ? events(figure, run) / run->ops : NAN;
	}
}

/* ---- one figure of all runs ------------------------------------------------------------------ */

/* The two sides' values of one figure, and room for what they are per. */
struct columns {
	double *value[2], *exposure[2];
	size_t n[2];
};

static void fill(const struct compared_set sets[2], enum compared figure, struct columns *c)
{
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < c->n[side]; i++) {
			const struct run_figures *run = &sets[side].runs[i];

			c->value[side][i] =
				counted(figure) ? events(figure, run) : compared_value(figure, run);
			c->exposure[side][i] = run->ops > 0 ? run->ops : NAN;
		}
}

static double geometric_mean(const double *value, size_t n)
{
	double sum = 0.0;

	for (size_t i = 0; i < n; i++)
		sum += log(value[i]);
	return exp(sum / (double)n);
}

/* Returns 0, or -EINVAL if a value is missing. */
static int compare_levels(const struct columns *c, const struct compared_by *by,
	struct compared_row *row, struct paired *ret_ratio)
{
	row->a = geometric_mean(c->value[0], c->n[0]);
	row->b = geometric_mean(c->value[1], c->n[1]);
	return by->paired
		       ? paired_ratio(c->value[0], c->value[1], c->n[0], by->confidence, ret_ratio)
		       : unpaired_ratio(c->value[0], c->n[0], c->value[1], c->n[1], by->confidence,
				 ret_ratio);
}

static double sum_of(const double *values, size_t n)
{
	double sum = 0.0;

	for (size_t i = 0; i < n; i++)
		sum += values[i];
	return sum;
}

/* Returns 0, or -EINVAL if a count is missing. */
static int compare_events(const struct columns *c, const struct compared_by *by,
	struct compared_row *row, struct paired *ret_ratio)
{
	const struct rate_group groups[2] = {
		{c->value[0], c->exposure[0], c->n[0]}, {c->value[1], c->exposure[1], c->n[1]}};
	struct rate_ratio ratio = {.low = NAN, .high = NAN};
	bool known;

	row->a = sum_of(c->value[0], c->n[0]) / sum_of(c->exposure[0], c->n[0]);
	row->b = sum_of(c->value[1], c->n[1]) / sum_of(c->exposure[1], c->n[1]);
	if (isnan(row->a) || isnan(row->b))
		return -EINVAL;
	known = rate_ratio(groups, by->confidence, &ratio) == 0;
	*ret_ratio = paired_of_interval(c->n[0], c->n[1],
		known          ? ratio.ratio
		: row->a > 0.0 ? row->b / row->a
			       : NAN,
		ratio.low, ratio.high, by->confidence);
	return 0;
}

/* ---- what a figure decides ------------------------------------------------------------------- */

void compared_say(struct compared_row *row, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_set_va(&row->reason, format, arguments);
	va_end(arguments);
}

void compared_undecided(struct compared_row *row)
{
	row->decision = DECISION_INCONCLUSIVE;
	row->further = 0;
}

/* The change in per cent; what is left by rounding is none. */
static double percent(double ratio)
{
	double change = 100.0 * (ratio - 1.0);

	return fabs(change) < 1e-9 ? 0.0 : change;
}

static void say_decision(enum compared figure, const struct paired *ratio, struct compared_row *row)
{
	static const char *const of_speed[] = {[DECISION_GO] = "all of it at or above +",
		[DECISION_NEUTRAL] = "all of it within \u00b1",
		[DECISION_NO_GO] = "all of it below -",
		[DECISION_INCONCLUSIVE] = "across a threshold of \u00b1"};
	static const char *const of_cost[] = {[DECISION_GO] = "all of it below -",
		[DECISION_NEUTRAL] = "none of it above +",
		[DECISION_NO_GO] = "all of it above +",
		[DECISION_INCONCLUSIVE] = "across the limit of +"};
	const char *const *where = figure == COMPARED_SPEED ? of_speed : of_cost;
	double change = percent(ratio->ratio);

	if (ratio->runs == 2)
		compared_say(row,
			"B's %s differ%s by %+.3g %%; one run of each does not show how runs "
			"differ by themselves",
			info[figure].name, counted(figure) ? "" : "s", change);
	else if (ratio->runs < DECISION_RUNS_MIN)
		compared_say(row,
			"B's %s differ%s by %+.3g %%; %zu runs do not show how runs differ: %d are "
			"needed",
			info[figure].name, counted(figure) ? "" : "s", change, ratio->runs,
			DECISION_RUNS_MIN);
	else
		compared_say(row,
			"B's %s differ%s by %+.3g %%, between %+.3g and %+.3g %%, %s%g %%",
			info[figure].name, counted(figure) ? "" : "s", change, percent(ratio->low),
			percent(ratio->high), where[row->decision], row->margin_pct);
}

/* Events per op that are too few to matter, in all runs. */
static double floor_of(enum compared figure, const struct compared_set sets[2])
{
	double seconds = 0.0, ops = 0.0;

	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < sets[side].n; i++) {
			seconds += sets[side].runs[i].seconds;
			ops += sets[side].runs[i].ops;
		}
	return figure == COMPARED_FAULTS ? fmax(TINY_PER_OP, TINY_PER_SECOND * seconds / ops)
					 : TINY_PER_OP;
}

/* True, with the row concluded, if B made none, or certainly too few to matter. */
static bool negligible(const struct columns *c, enum compared figure, double floor,
	double confidence, struct compared_row *row)
{
	const struct rate_group groups[2] = {
		{c->value[0], c->exposure[0], c->n[0]}, {c->value[1], c->exposure[1], c->n[1]}};
	double count = sum_of(c->value[1], c->n[1]), ops = sum_of(c->exposure[1], c->n[1]);
	struct rate_ratio ratio = {.dispersion = 1.0};
	double low, high;

	rate_ratio(groups, confidence, &ratio);
	poisson_interval(count / ratio.dispersion, confidence, &low, &high);
	high *= ratio.dispersion / ops;
	if (count > 0.0 && high > floor)
		return false;
	row->decision = DECISION_NEUTRAL;
	if (count > 0.0)
		compared_say(row, "B has %.3g %s per op, no more than %.3g: too few to matter",
			row->b, info[figure].name, high);
	else
		compared_say(row, "B has no %s in %s ops", info[figure].name, say_count(ops).text);
	return true;
}

/* A rate of A that is too low to matter counts as the highest such rate. */
static void raise_to_floor(const struct columns *c, double floor)
{
	if (sum_of(c->value[0], c->n[0]) >= floor * sum_of(c->exposure[0], c->n[0]))
		return;
	for (size_t i = 0; i < c->n[0]; i++)
		c->value[0][i] = fmax(c->value[0][i], floor * c->exposure[0][i]);
}

static void decide_events(const struct columns *c, enum compared figure, double floor,
	const struct compared_by *by, const struct paired *ratio, struct compared_row *row)
{
	struct paired judged = *ratio;
	struct compared_row unused;

	if (negligible(c, figure, floor, by->confidence, row))
		return;
	raise_to_floor(c, floor);
	if (row->a < floor)
		compare_events(c, by, &unused, &judged);
	row->decision = decide_cost(&judged, row->margin_pct, by->confidence, &row->further);
	say_decision(figure, &judged, row);
}

static void decide_levels(enum compared figure, const struct compared_by *by,
	const struct paired *ratio, struct compared_row *row)
{
	bool speed = figure == COMPARED_SPEED;

	row->decision = speed ? decide(ratio, row->margin_pct, by->confidence, &row->further)
			      : decide_cost(ratio, row->margin_pct, by->confidence, &row->further);
	say_decision(figure, ratio, row);
}

static void say_unknown(enum compared figure, struct compared_row *row)
{
	compared_say(row,
		figure == COMPARED_SPEED ? "the %s is unknown: some run counted no ops"
		: counted(figure)        ? "%s per op are unknown: some run counted none, or no ops"
					 : "the %s is unknown: some run did not measure it",
		info[figure].name);
}

static void compare_columns(const struct columns *c, const struct compared_set sets[2],
	enum compared figure, const struct compared_by *by, struct compared_row *row)
{
	struct paired ratio;
	int code = counted(figure) ? compare_events(c, by, row, &ratio)
				   : compare_levels(c, by, row, &ratio);

	if (code) {
		say_unknown(figure, row);
		return;
	}
	if (counted(figure) && by->uncounted) {
		compared_say(row, "%s per op are too high: some programs counted none of their ops",
			info[figure].name);
		return;
	}
	row->ratio = ratio.ratio;
	row->low = ratio.low;
	row->high = ratio.high;
	if (counted(figure))
		decide_events(c, figure, floor_of(figure, sets), by, &ratio, row);
	else
		decide_levels(figure, by, &ratio, row);
}

int compare_figure(const struct compared_set sets[2], enum compared figure,
	const struct compared_by *by, struct compared_row *row)
{
	size_t all = sets[0].n + sets[1].n;
	double *room = calloc(2 * all, sizeof(*room));
	struct columns c = {.value = {room, room + sets[0].n},
		.exposure = {room + all, room + all + sets[0].n},
		.n = {sets[0].n, sets[1].n}};

	if (!room)
		return -ENOMEM;
	*row = (struct compared_row){.a = NAN,
		.b = NAN,
		.ratio = NAN,
		.low = NAN,
		.high = NAN,
		.decides = row->decides,
		.margin_pct = row->margin_pct,
		.decision = DECISION_INCONCLUSIVE};
	fill(sets, figure, &c);
	compare_columns(&c, sets, figure, by, row);
	free(room);
	return 0;
}
