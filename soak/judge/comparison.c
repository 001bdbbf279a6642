/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See comparison.h and docs/judging.md. Called by soak compare. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include "soak/judge/comparison.h"
#include "soak/stats/rate_ratio.h"

static const struct {
	const char *name, *unit;
} info[COMPARED_COUNT] = {[COMPARED_SPEED] = {"speed", "ops/s"},
	[COMPARED_RSS_MEAN] = {"RSS mean", "bytes"},
	[COMPARED_RSS_PEAK] = {"RSS peak", "bytes"},
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
	default:
		return run->ops > 0 ? events(figure, run) / run->ops : NAN;
	}
}

/* The two sides' values of one figure, and room for what they are per. */
struct columns {
	double *value[2], *exposure[2];
	size_t n;
};

static void compare_levels(
	const struct columns *c, struct paired *paired, double confidence, struct compared_row *row)
{
	double *logs[2] = {c->exposure[0], c->exposure[1]}, *means[2] = {&row->a, &row->b};

	for (int side = 0; side < 2; side++) {
		double sum = 0.0;

		for (size_t i = 0; i < c->n; i++)
			sum += logs[side][i] = log(c->value[side][i]);
		*means[side] = exp(sum / (double)c->n);
	}
	if (paired_ratio(c->value[0], c->value[1], c->n, confidence, paired))
		return;
	row->ratio = paired->ratio;
	row->low = paired->low;
	row->high = paired->high;
}

static void compare_events(
	const struct columns *c, double confidence, bool comparable, struct compared_row *row)
{
	const struct rate_group groups[2] = {
		{c->value[0], c->exposure[0], c->n}, {c->value[1], c->exposure[1], c->n}};
	double sums[2][2] = {{0}};
	struct rate_ratio ratio;

	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < c->n; i++) {
			sums[side][0] += c->value[side][i];
			sums[side][1] += c->exposure[side][i];
		}
	row->a = sums[0][0] / sums[0][1];
	row->b = sums[1][0] / sums[1][1];
	if (!comparable)
		return;
	row->ratio = row->a > 0.0 ? row->b / row->a : NAN;
	if (isnan(row->a) || isnan(row->b) || rate_ratio(groups, confidence, &ratio))
		return;
	row->ratio = ratio.ratio;
	row->low = ratio.low;
	row->high = ratio.high;
}

static void fill(const struct run_figures *a, const struct run_figures *b, enum compared figure,
	struct columns *c)
{
	const struct run_figures *runs[2] = {a, b};
	bool counted = figure == COMPARED_FAULTS || figure == COMPARED_CHURN;

	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < c->n; i++) {
			const struct run_figures *run = &runs[side][i];

			c->value[side][i] =
				counted ? events(figure, run) : compared_value(figure, run);
			c->exposure[side][i] = run->ops > 0 ? run->ops : NAN;
		}
}

void comparison_void(struct comparison *comparison, const char *format, ...)
{
	va_list arguments;

	comparison->decision = DECISION_INCONCLUSIVE;
	comparison->further_pairs = 0;
	va_start(arguments, format);
	text_set_va(&comparison->reason, format, arguments);
	va_end(arguments);
	text_release(&comparison->advice);
}

static void advise(struct comparison *comparison)
{
	size_t further = comparison->further_pairs;

	if (further)
		text_set(&comparison->advice,
			"record %zu further pair%s, interleaved: repeat = %zu in a job file",
			further, further == 1 ? "" : "s", comparison->pairs + further);
	else
		text_set(&comparison->advice,
			"no reasonable number of pairs can decide this: make longer "
			"runs on a quieter machine");
}

static void conclude(const struct paired *speed, double band_pct, struct comparison *comparison)
{
	static const char *const where[] = {[DECISION_GO] = "all of it at or above +",
		[DECISION_NEUTRAL] = "all of it within \u00b1",
		[DECISION_NO_GO] = "all of it below -",
		[DECISION_INCONCLUSIVE] = "across a threshold of \u00b1"};
	double change = 100.0 * (speed->ratio - 1.0);

	if (speed->n < 2)
		text_set(&comparison->reason,
			"B's speed differs by %+.3g %%; one pair does not show how runs differ by "
			"themselves",
			change);
	else
		text_set(&comparison->reason,
			"B's speed differs by %+.3g %%, between %+.3g and %+.3g %%, %s%g %%",
			change, 100.0 * (speed->low - 1.0), 100.0 * (speed->high - 1.0),
			where[comparison->decision], band_pct);
	if (comparison->decision == DECISION_INCONCLUSIVE)
		advise(comparison);
}

static bool has_uncounted(const struct run_figures *runs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (runs[i].uncounted_calls > 0.0)
			return true;
	return false;
}

/* Ops that are missing in A make B look faster than it is; in B, slower. */
static void weigh_uncounted(bool in_a, bool in_b, struct comparison *comparison)
{
	enum decision decision = comparison->decision;
	bool doubtful = (in_a && decision != DECISION_NO_GO) || (in_b && decision != DECISION_GO);

	if (!doubtful || decision == DECISION_INCONCLUSIVE)
		return;
	comparison_void(comparison,
		"by the counted ops %s, but programs of %s counted none of "
		"theirs",
		decision_name(decision),
		in_a && in_b ? "A and B"
		: in_a       ? "A"
			     : "B");
	text_set(&comparison->advice, "get their ops counted: env -i, env={} and sudo drop "
				      "LD_PRELOAD and SOAK_OPS");
}

int comparison_of(const struct run_figures *a, const struct run_figures *b, size_t n,
	double band_pct, double confidence, struct comparison *ret_comparison)
{
	struct comparison *comparison = ret_comparison;
	double *room = calloc(4 * n, sizeof(*room));
	struct columns c = {
		.value = {room, room + n}, .exposure = {room + 2 * n, room + 3 * n}, .n = n};
	struct paired speed = {0}, paired;
	bool in_a = has_uncounted(a, n), in_b = has_uncounted(b, n);

	if (!room)
		return -ENOMEM;
	*comparison = (struct comparison){.pairs = n};
	for (int f = 0; f < COMPARED_COUNT; f++) {
		struct compared_row *row = &comparison->rows[f];

		*row = (struct compared_row){NAN, NAN, NAN, NAN, NAN};
		fill(a, b, f, &c);
		if (f == COMPARED_FAULTS || f == COMPARED_CHURN)
			compare_events(&c, confidence, !in_a && !in_b, row);
		else
			compare_levels(&c, f == COMPARED_SPEED ? &speed : &paired, confidence, row);
	}
	free(room);
	if (speed.n == 0) {
		comparison_void(comparison, "the speed is unknown: some run counted no ops");
		return 0;
	}
	comparison->decision = decide(&speed, band_pct, confidence, &comparison->further_pairs);
	conclude(&speed, band_pct, comparison);
	weigh_uncounted(in_a, in_b, comparison);
	return 0;
}

void comparison_release(struct comparison *comparison)
{
	text_release(&comparison->reason);
	text_release(&comparison->advice);
}
