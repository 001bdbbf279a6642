/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TAP: how often the verdict on RSS errs, rss_drift and rss_monotonic together and each alone, on
 * series of which the truth is known (tests/accuracy/shapes.h); what right and wrong mean stands in
 * docs/judging.md. `judge_accuracy RUNS` judges so many series of each family and prints the table
 * of docs/judging.md (`make accuracy`); `judge_accuracy RUNS NAME` the verdicts on families with
 * such a name, without what is held back; without RUNS it judges few and holds them to the limits.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/accuracy/naive.h"
#include "tests/accuracy/shapes.h"
#include "tests/tap.h"

#define RUNS_OF_THE_SUITE 40
#define MORE_MAX_S (3.0 * 86400.0)
#define METHODS (3 + NAIVE_COUNT) /* the verdict on RSS, its two rules, the naive ones */

enum { RSS, DRIFT, MONOTONIC, NAIVE };

static const char *method_name(int method)
{
	return method == RSS         ? "soak, RSS"
	       : method == DRIFT     ? "rss_drift"
	       : method == MONOTONIC ? "rss_monotonic"
				     : naive_names[method - NAIVE];
}

/*
 * FAIL is wrong of what grows by no more than this, %/h; PASS of what grows by more than the
 * target.
 */
static double bearable(int method, double target)
{
	return method == RSS || method == MONOTONIC || method == NAIVE + NAIVE_RANKS ? 0.0 : target;
}

struct tally {
	size_t runs, healthy, leaking, count[VERDICT_NOT_JUDGED], false_fail, false_pass;
};

static void tally_add(struct tally *tally, int method, double target, const struct shape *shape,
	enum verdict verdict)
{
	bool healthy = shape->growth <= bearable(method, target), leaking = shape->at_end > target;

	tally->runs++;
	tally->count[verdict]++;
	tally->healthy += healthy;
	tally->leaking += leaking;
	tally->false_fail += healthy && verdict == VERDICT_FAIL;
	tally->false_pass += leaking && verdict == VERDICT_PASS;
}

static void tally_join(struct tally *to, const struct tally *from)
{
	to->runs += from->runs;
	to->healthy += from->healthy;
	to->leaking += from->leaking;
	to->false_fail += from->false_fail;
	to->false_pass += from->false_pass;
	for (int v = 0; v < VERDICT_NOT_JUDGED; v++)
		to->count[v] += from->count[v];
}

static double percent(size_t part, size_t all)
{
	return all ? 100.0 * (double)part / (double)all : 0.0;
}

/* The verdict that a user of the two rules alone gets. */
static struct judgement judge_shape(size_t family, const struct shape *shape)
{
	struct judge_input input = {
		.n = shape->n,
		.t_s = shape->t,
		.series[SERIES_RSS] = shape->rss,
		.page_bytes = 4096,
		.warmup_s = -1,
	};
	struct judge_settings settings;
	static struct judgement judgement; /* its texts live until the next call */

	judge_settings_init(&settings);
	settings.target[RULE_RSS_DRIFT] = shape_target(family);
	for (int rule = 0; rule < RULE_COUNT; rule++)
		settings.skip[rule] = rule != RULE_RSS_DRIFT && rule != RULE_RSS_MONOTONIC;
	judgement_release(&judgement);
	if (judge_run(&input, &settings, &judgement) != 0)
		abort();
	return judgement;
}

/* SOAK_ACCURACY_SHOW=wrong tells each wrong verdict, to look into; =open each that is left open. */
static void show(size_t family, size_t seed, const struct shape *shape, const struct judgement *j)
{
	bool wrong = (shape->growth <= 0 && j->verdict == VERDICT_FAIL) ||
		     (shape->at_end > shape_target(family) && j->verdict == VERDICT_PASS);
	const char *which = getenv("SOAK_ACCURACY_SHOW");

	if (!which || (!wrong && (strcmp(which, "open") || j->verdict != VERDICT_INCONCLUSIVE)))
		return;
	printf("# %s, seed %zu, grows by %.3g %%/h over %.0f s: %s\n#   %s\n#   %s\n#   %s\n",
		shape_families[family].name, seed, shape->at_end, shape->t[shape->n - 1],
		verdict_name(j->verdict), text_of(&j->steady_how),
		text_of(&j->rules[RULE_RSS_DRIFT].reason),
		text_of(&j->rules[RULE_RSS_MONOTONIC].reason));
}

static enum verdict verdict_of(
	int method, const struct judgement *j, const struct shape *shape, double target)
{
	return method == RSS     ? j->verdict
	       : method == DRIFT ? j->rules[RULE_RSS_DRIFT].verdict
	       : method == MONOTONIC
		       ? j->rules[RULE_RSS_MONOTONIC].verdict
		       : naive_judge(method - NAIVE, shape->t, shape->rss, shape->n, target);
}

/* held: of the seeds that are held back alone. By the first of the methods. */
static void measure_family(
	size_t family, size_t runs, int methods, struct tally *tally, struct tally *held)
{
	static struct shape shape;
	double target = shape_target(family);

	for (size_t seed = 0; seed < runs; seed++) {
		struct judgement j;

		shape_make(family, seed, 0, 0, &shape);
		j = judge_shape(family, &shape);
		for (int m = 0; m < methods; m++) {
			enum verdict verdict = verdict_of(m, &j, &shape, target);

			tally_add(&tally[m], m, target, &shape, verdict);
			if (shape_held_back(seed))
				tally_add(&held[m], m, target, &shape, verdict);
		}
		show(family, seed, &shape, &j);
	}
}

static void print_row(const char *name, const struct tally *tally)
{
	printf("| %-20s |", name);
	for (int m = 0; m < METHODS; m++) {
		if (m == DRIFT || m == MONOTONIC)
			continue;
		if (m == RSS)
			printf(" %5.1f | %5.1f | %5.1f |",
				percent(tally[m].count[VERDICT_PASS], tally[m].runs),
				percent(tally[m].count[VERDICT_FAIL], tally[m].runs),
				percent(tally[m].count[VERDICT_INCONCLUSIVE], tally[m].runs));
		printf(" %5.1f |",
			percent(tally[m].false_fail + tally[m].false_pass, tally[m].runs));
	}
	putchar('\n');
}

static void print_totals(const struct tally *all)
{
	printf("\n| method | false FAIL, %% | false PASS, %% | INCONCLUSIVE, %% |\n"
	       "|---|---|---|---|\n");
	for (int m = 0; m < METHODS; m++)
		printf("| %s | %.2f of %zu | %.2f of %zu | %.1f |\n", method_name(m),
			percent(all[m].false_fail, all[m].healthy), all[m].healthy,
			percent(all[m].false_pass, all[m].leaking), all[m].leaking,
			percent(all[m].count[VERDICT_INCONCLUSIVE], all[m].runs));
}

/* Both over the families that can be told. */
static void measure(size_t runs, bool print, struct tally *ret_all, struct tally *ret_held)
{
	if (print) {
		printf("Verdicts on %zu series, in %% of each row's. Wrong: FAIL of what does not "
		       "grow, or PASS of what grows by more than %.0f %%/h.\n\n",
			runs * shape_family_count, SHAPE_TARGET);
		printf("| family | PASS | FAIL | INCONCLUSIVE | wrong |");
		for (int m = 0; m < NAIVE_COUNT; m++)
			printf(" wrong: %s |", naive_names[m]);
		printf("\n|---|---|---|---|---|");
		for (int m = 0; m < NAIVE_COUNT; m++)
			printf("---|");
		putchar('\n');
	}
	for (size_t f = 0; f < shape_family_count; f++) {
		struct tally tally[METHODS] = {0}, held[METHODS] = {0};

		measure_family(f, runs, print ? METHODS : NAIVE, tally, held);
		if (print)
			print_row(shape_families[f].name, tally);
		else
			tap_between(percent(tally[RSS].false_fail + tally[RSS].false_pass,
					    tally[RSS].runs),
				0, shape_families[f].blind > 0 ? shape_families[f].blind : 2.5,
				shape_families[f].name);
		for (int m = 0; m < METHODS && !(shape_families[f].blind > 0); m++) {
			tally_join(&ret_all[m], &tally[m]);
			tally_join(&ret_held[m], &held[m]);
		}
	}
}

/*
 * Of the families that are flat: a run says what drift it would have found; another run of the same
 * program drifts by that much. How many in a hundred fail?
 */
static double measure_power(size_t runs, size_t *ret_tried)
{
	static struct shape shape;
	size_t found = 0;

	*ret_tried = 0;
	for (size_t family = 0; family < SHAPE_FLAT_FAMILIES; family++)
		for (size_t seed = 0; seed < runs; seed++) {
			double drift;

			shape_make(family, seed, 0, 0, &shape);
			drift = judge_shape(family, &shape).rules[RULE_RSS_DRIFT].detectable;
			if (!isfinite(drift))
				continue;
			shape_make(family, seed, 1, drift, &shape);
			++*ret_tried;
			found += judge_shape(family, &shape).rules[RULE_RSS_DRIFT].verdict ==
				 VERDICT_FAIL;
		}
	return percent(found, *ret_tried);
}

/*
 * Of runs that are left open: how many of the length that is advised are decided? In per cent, over
 * the families that can be told; no longer than MORE_MAX_S are tried.
 */
static double measure_advice(size_t runs, size_t *ret_tried)
{
	static struct shape shape;
	size_t decided = 0;

	*ret_tried = 0;
	for (size_t family = 0; family < shape_family_count; family++) {
		for (size_t seed = 0; seed < runs && !(shape_families[family].blind > 0); seed++) {
			struct judgement j;
			double more_s;

			shape_make(family, seed, 0, 0, &shape);
			j = judge_shape(family, &shape);
			more_s = fmax(
				j.rules[RULE_RSS_DRIFT].more_s, j.rules[RULE_RSS_MONOTONIC].more_s);
			if (j.verdict != VERDICT_INCONCLUSIVE)
				continue;
			if (!(more_s > 0 && more_s <= MORE_MAX_S))
				continue;
			shape_make_long(family, seed, more_s, &shape);
			++*ret_tried;
			decided += judge_shape(family, &shape).verdict != VERDICT_INCONCLUSIVE;
		}
	}
	return percent(decided, *ret_tried);
}

/* For work on the judge: families by a part of their names, without what is held back. */
static void tune(size_t runs, const char *name)
{
	static struct shape shape;

	for (size_t f = 0; f < shape_family_count; f++) {
		size_t count[VERDICT_NOT_JUDGED] = {0}, n = 0;

		for (size_t seed = 0; seed < runs && strstr(shape_families[f].name, name); seed++) {
			struct judgement j;

			if (shape_held_back(seed))
				continue;
			shape_make(f, seed, 0, 0, &shape);
			j = judge_shape(f, &shape);
			count[j.verdict]++;
			n++;
			show(f, seed, &shape, &j);
		}
		if (n)
			printf("| %-23s | %5.1f | %5.1f | %5.1f |\n", shape_families[f].name,
				percent(count[VERDICT_PASS], n), percent(count[VERDICT_FAIL], n),
				percent(count[VERDICT_INCONCLUSIVE], n));
	}
}

int main(int argc, char **argv)
{
	struct tally all[METHODS] = {0}, held[METHODS] = {0};
	size_t runs = argc > 1 ? strtoul(argv[1], NULL, 10) : RUNS_OF_THE_SUITE, tried;
	double power;

	if (argc > 2) {
		tune(runs, argv[2]);
		return 0;
	}
	measure(runs, argc > 1, all, held);
	power = measure_power(runs, &tried);
	if (argc > 1) {
		print_totals(all);
		printf("\nOf the third that is held back:\n");
		print_totals(held);
		printf("\nOver the families that can be told. A drift as large as `rss_drift` "
		       "calls detectable was found in %.1f %% of %zu runs.\n",
			power, tried);
		power = measure_advice(runs, &tried);
		printf("Of runs as long as advised to one that was left open, %.0f %% of %zu are "
		       "decided.\n",
			power, tried);
		return 0;
	}
	tap_between(percent(all[RSS].count[VERDICT_INCONCLUSIVE], all[RSS].runs), 0, 19,
		"INCONCLUSIVE, %");
	tap_between(measure_advice(runs / 4, &tried), 70, 100,
		"per cent decided of runs as long as advised");
	tap_between(power, 90, 100, "per cent found of drifts that are called detectable");
	tap_between(percent(all[RSS].false_fail, all[RSS].healthy), 0, 0.5, "false FAIL, %");
	tap_between(percent(all[RSS].false_pass, all[RSS].leaking), 0, 0.5, "false PASS, %");
	return tap_done();
}
