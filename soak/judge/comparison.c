/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all figures decide together: see comparison.h, docs/judging.md. Called by soak compare. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>

#include "soak/judge/comparison.h"

void comparison_void(struct comparison *comparison, const char *format, ...)
{
	va_list arguments;

	comparison->decision = DECISION_INCONCLUSIVE;
	comparison->further[0] = comparison->further[1] = 0;
	va_start(arguments, format);
	text_set_va(&comparison->reason, format, arguments);
	va_end(arguments);
	text_release(&comparison->advice);
	for (int f = 0; f < COMPARED_COUNT; f++) {
		compared_undecided(&comparison->rows[f]);
		compared_say(&comparison->rows[f], "%s", text_of(&comparison->reason));
	}
}

static bool has_uncounted(const struct compared_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->runs[i].uncounted_calls > 0.0)
			return true;
	return false;
}

/* Ops that are missing in A make B look faster than it is; in B, slower. */
static void weigh_uncounted(bool in_a, bool in_b, struct comparison *comparison)
{
	struct compared_row *row = &comparison->rows[COMPARED_SPEED];
	enum decision decision = row->decision;
	bool doubtful = (in_a && decision != DECISION_NO_GO) || (in_b && decision != DECISION_GO);

	if (!doubtful || decision == DECISION_INCONCLUSIVE)
		return;
	compared_undecided(row);
	compared_say(row, "by the counted ops %s, but programs of %s counted none of theirs",
		decision_name(decision),
		in_a && in_b ? "A and B"
		: in_a       ? "A"
			     : "B");
}

static bool any(const struct comparison *comparison, enum decision decision)
{
	for (int f = 0; f < COMPARED_COUNT; f++)
		if (comparison->rows[f].decides && comparison->rows[f].decision == decision)
			return true;
	return false;
}

/* The sentences of the figures that made the decision; of a NEUTRAL of all. */
static void give_reasons(struct comparison *comparison)
{
	for (int f = 0; f < COMPARED_COUNT; f++) {
		const struct compared_row *row = &comparison->rows[f];

		if (row->decides && row->decision == comparison->decision)
			text_item(&comparison->reason, "; ", "%s", text_of(&row->reason));
	}
}

/* As many runs as the figure that needs most; none, if one needs more than is reasonable. */
static void ask_further(struct comparison *comparison)
{
	size_t least = comparison->runs[0] < comparison->runs[1] ? comparison->runs[0]
								 : comparison->runs[1];
	size_t most = 0;

	for (int f = 0; f < COMPARED_COUNT; f++) {
		const struct compared_row *row = &comparison->rows[f];

		if (!row->decides || row->decision != DECISION_INCONCLUSIVE)
			continue;
		if (!row->further)
			return;
		most = row->further > most ? row->further : most;
	}
	for (int s = 0; s < 2; s++)
		if (least + most > comparison->runs[s])
			comparison->further[s] = least + most - comparison->runs[s];
}

static void advise(struct comparison *comparison, bool uncounted)
{
	const struct compared_row *rows = comparison->rows;
	const size_t *further = comparison->further;
	struct text *advice = &comparison->advice;

	if (comparison->paired && further[0])
		text_set(advice,
			"record %zu further pair%s, interleaved: repeat = %zu in a job file",
			further[0], further[0] == 1 ? "" : "s", comparison->runs[0] + further[0]);
	else if (further[0] || further[1])
		text_set(advice, "record %zu further run%s of A and %zu of B", further[0],
			further[0] == 1 ? "" : "s", further[1]);
	else if (uncounted)
		text_set(advice,
			"get their ops counted: env -i, env={} and sudo drop LD_PRELOAD and "
			"SOAK_OPS");
	else if (rows[COMPARED_SPEED].decides && isnan(rows[COMPARED_SPEED].ratio))
		text_set(advice, "count ops (soak run --ops), or decide without: --require "
				 "speed=off,memory");
	else
		text_set(advice, "no reasonable number of runs can decide this: make longer "
				 "runs on a quieter machine");
}

static void conclude(struct comparison *comparison, bool uncounted)
{
	comparison->decision = any(comparison, DECISION_NO_GO)          ? DECISION_NO_GO
			       : any(comparison, DECISION_INCONCLUSIVE) ? DECISION_INCONCLUSIVE
			       : any(comparison, DECISION_GO)           ? DECISION_GO
									: DECISION_NEUTRAL;
	give_reasons(comparison);
	if (comparison->decision != DECISION_INCONCLUSIVE)
		return;
	ask_further(comparison);
	advise(comparison, uncounted);
}

int comparison_of(const struct compared_set sets[2], bool paired,
	const struct comparison_settings *settings, struct comparison *ret_comparison)
{
	bool in_a = has_uncounted(&sets[0]), in_b = has_uncounted(&sets[1]);
	struct compared_by by = {.paired = paired, .uncounted = in_a || in_b};
	double deciding = 0.0;
	int code = 0;

	for (int f = 0; f < COMPARED_COUNT; f++)
		deciding += settings->decides[f];
	by.confidence = 1.0 - (1.0 - settings->confidence) / fmax(deciding, 1.0);
	*ret_comparison = (struct comparison){
		.runs = {sets[0].n, sets[1].n}, .paired = paired, .confidence = by.confidence};
	for (int f = 0; f < COMPARED_COUNT && !code; f++) {
		struct compared_row *row = &ret_comparison->rows[f];

		row->decides = settings->decides[f];
		row->margin_pct = settings->margin_pct[f];
		code = compare_figure(sets, f, &by, row);
	}
	if (code)
		return code;
	weigh_uncounted(in_a, in_b, ret_comparison);
	conclude(ret_comparison, by.uncounted);
	return 0;
}

void comparison_release(struct comparison *comparison)
{
	for (int f = 0; f < COMPARED_COUNT; f++)
		text_release(&comparison->rows[f].reason);
	text_release(&comparison->reason);
	text_release(&comparison->advice);
}
