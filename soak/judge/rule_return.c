/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memory_return: after work, between two marks, memory comes back to its level before. Judged if
 * such marks are there, or if it is asked for; in excluded windows too. See docs/judging.md.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "soak/judge/rules.h"
#include "soak/judge/wording.h"

#define PAGES_MIN 8 /* above the level before that are as good as none */
#define LEVEL_READINGS 64

/* Work from one mark to the other, and the rest behind it. */
struct round {
	double rest_s; /* where the rest before the work begins */
	double from_s, to_s, until_s;
};

struct finding {
	enum verdict verdict;
	struct round round;
	double before, peak, after; /* bytes; `after` is the lowest in time */
	double took_s, over_pct;
	bool cut; /* the run or the next work came before the time was over */
};

struct returning {
	const struct judge_input *input;
	const double *bytes;
	double target, page_bytes;
};

/* The next round from mark *at on. */
static bool next_round(const struct judge_input *input, const char *from, const char *to,
	size_t *at, struct round *ret_round)
{
	struct round round = {.rest_s = ret_round->to_s, .from_s = NAN, .until_s = INFINITY};

	for (; *at < input->nmarks; ++*at) {
		const struct judge_mark *mark = &input->marks[*at];

		if (strcmp(mark->text, from) == 0) {
			if (isnan(round.from_s)) /* of several that work, the first */
				round.from_s = mark->t_s;
		} else if (strcmp(mark->text, to) == 0 && !isnan(round.from_s)) {
			round.to_s = mark->t_s;
			for (size_t m = ++*at; m < input->nmarks && isinf(round.until_s); m++)
				if (strcmp(input->marks[m].text, from) == 0)
					round.until_s = input->marks[m].t_s;
			*ret_round = round;
			return true;
		}
	}
	return false;
}

bool rule_return_applies(const struct judge_input *input, const char *from, const char *to)
{
	struct round round = {.to_s = 0.0};
	size_t at = 0;

	return next_round(input, from, to, &at, &round);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The median of the last readings in the second half of the rest before the work. */
static double level_before(
	const struct returning *returning, const struct round *round, double within_s)
{
	double from_s = fmax((round->rest_s + round->from_s) / 2.0, round->from_s - within_s);
	double last[LEVEL_READINGS];
	size_t n = 0;

	for (size_t i = returning->input->n; i-- > 0 && n < LEVEL_READINGS;) {
		double t_s = returning->input->t_s[i];

		if (t_s > round->from_s || isnan(returning->bytes[i]))
			continue;
		if (t_s < round->rest_s || (t_s < from_s && n))
			break;
		last[n++] = returning->bytes[i];
	}
	if (!n)
		return NAN;
	qsort(last, n, sizeof(*last), by_size);
	return last[n / 2];
}

/* Was the program started again, or unobserved, in the round? */
static bool broken(const struct judge_input *input, const struct round *round, double end_s)
{
	for (size_t b = 0; b < input->nbreaks; b++) {
		size_t sample = input->breaks[b].sample;

		if (sample < input->n && input->t_s[sample] > round->from_s &&
			input->t_s[sample] <= end_s)
			return true;
	}
	return false;
}

static struct finding judge_round(
	const struct returning *returning, const struct round *round, double within_s)
{
	const struct judge_input *input = returning->input;
	double due_s = round->to_s + within_s, end_s = fmin(due_s, round->until_s), limit;
	struct finding finding = {.verdict = VERDICT_INCONCLUSIVE,
		.round = *round,
		.before = level_before(returning, round, within_s),
		.peak = NAN,
		.after = NAN,
		.took_s = NAN,
		.over_pct = NAN};

	limit = fmax(finding.before * (1.0 + returning->target / 100.0),
		finding.before + PAGES_MIN * returning->page_bytes);
	finding.cut = due_s > round->until_s || !input->n || due_s > input->t_s[input->n - 1];
	for (size_t i = 0; i < input->n && input->t_s[i] <= end_s; i++) {
		double bytes = returning->bytes[i];

		if (input->t_s[i] < round->from_s || isnan(bytes))
			continue;
		finding.peak = fmax(finding.peak, bytes);
		if (input->t_s[i] < round->to_s)
			continue;
		finding.after = fmin(finding.after, bytes);
		if (bytes <= limit && isnan(finding.took_s))
			finding.took_s = input->t_s[i] - round->to_s;
	}
	finding.over_pct = fmax(0.0, 100.0 * (finding.after / finding.before - 1.0));
	if (isnan(finding.before) || isnan(finding.after) || broken(input, round, end_s))
		finding.over_pct = NAN;
	else if (!isnan(finding.took_s))
		finding.verdict = VERDICT_PASS;
	else if (!finding.cut)
		finding.verdict = VERDICT_FAIL;
	return finding;
}

/* FAIL is worse than INCONCLUSIVE is worse than PASS; of two alike, what is further above. */
static bool is_worse(const struct finding *a, const struct finding *b)
{
	static const int rank[] = {
		[VERDICT_PASS] = 0, [VERDICT_INCONCLUSIVE] = 1, [VERDICT_FAIL] = 2};

	if (rank[a->verdict] != rank[b->verdict])
		return rank[a->verdict] > rank[b->verdict];
	return a->over_pct > b->over_pct || (isnan(a->over_pct) && !isnan(b->over_pct));
}

static void conclude(const struct rule_context *context, const struct finding *worst, size_t rounds,
	size_t failed, struct rule_result *result)
{
	const char *memory = context->whole->memory_name;

	result->estimate = result->low = result->high = worst->over_pct;
	if (worst->verdict == VERDICT_PASS)
		rule_conclude(result, VERDICT_PASS,
			"%s came back from %s to %s within %s of the mark at %s, %.3g %% above the "
			"%s before the work at %s, where %.3g %% is allowed",
			memory, say_bytes(worst->peak).text, say_bytes(worst->after).text,
			say_duration(worst->took_s).text, say_clock(worst->round.to_s).text,
			worst->over_pct, say_bytes(worst->before).text,
			say_clock(worst->round.from_s).text, result->target);
	else if (isnan(worst->over_pct))
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"%s was not read on both sides of the work from %s to %s, or the recording "
			"was interrupted",
			memory, say_clock(worst->round.from_s).text,
			say_clock(worst->round.to_s).text);
	else
		rule_conclude(result, worst->verdict,
			"%s%s after the mark at %s %s is still %s, %.3g %% above the %s before the "
			"work at %s (peak %s), where %.3g %% is allowed",
			worst->cut ? "less than " : "", say_duration(context->return_within_s).text,
			say_clock(worst->round.to_s).text, memory, say_bytes(worst->after).text,
			worst->over_pct, say_bytes(worst->before).text,
			say_clock(worst->round.from_s).text, say_bytes(worst->peak).text,
			result->target);
	if (rounds > 1)
		rule_add_reason(
			result, "; the worst of %zu rounds, %zu of them failed", rounds, failed);
	if (worst->verdict == VERDICT_INCONCLUSIVE)
		rule_advise(result, "%s",
			worst->cut ? "leave more time after the work, or allow less: "
				     "--return-within 2s"
				   : "sample more often, and mark the work while the run goes on");
	rule_also(result, "before_bytes", worst->before);
	rule_also(result, "peak_bytes", worst->peak);
	rule_also(result, "after_bytes", worst->after);
	rule_also(result, "took_s", worst->took_s);
	rule_also(result, "rounds", (double)rounds);
	rule_also(result, "rounds_failed", (double)failed);
}

void rule_memory_return(const struct rule_context *context, struct judgement *judgement)
{
	struct rule_result *result = &judgement->rules[RULE_MEMORY_RETURN];
	struct returning returning = {.input = context->whole->input,
		.bytes = context->whole->memory_bytes,
		.page_bytes = context->whole->input->page_bytes,
		.target = result->target};
	struct finding worst = {.verdict = VERDICT_PASS, .over_pct = -1.0}, finding;
	struct round round = {.to_s = 0.0};
	size_t at = 0, rounds = 0, failed = 0;

	while (next_round(returning.input, context->return_from, context->return_to, &at, &round)) {
		finding = judge_round(&returning, &round, context->return_within_s);
		if (!rounds++ || is_worse(&finding, &worst))
			worst = finding;
		failed += finding.verdict == VERDICT_FAIL;
	}
	if (rounds) {
		conclude(context, &worst, rounds, failed, result);
	} else {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"there is no mark \"%s\" with a mark \"%s\" after it", context->return_from,
			context->return_to);
		rule_advise(result,
			"mark where work begins and ends (soakops_mark, soak mark), or name the "
			"marks: --return-from, --return-to");
	}
	if (returning.input->lost_marks > 0.0 && result->verdict == VERDICT_PASS) {
		rule_conclude(result, VERDICT_INCONCLUSIVE,
			"%.0f marks were lost: there may have been rounds that are not known",
			returning.input->lost_marks);
		rule_advise(result, "sample more often: --interval");
	}
}
