/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Prints all that the judge says of generated runs, to the last digit, for tools/same-verdicts:
 * `verdicts RUNS` judges so many of each family of tests/accuracy, by their RSS alone, as whole
 * runs that have losses and a busy host, and against another run of the same program.
 *
 * A line is "FAMILY/SEED KIND RULE FIELD VALUE", with tabs, so that rules can be left out by name.
 */
#include <stdio.h>
#include <stdlib.h>

#include "soak/judge/regression.h"
#include "tests/accuracy/shapes.h"
#include "tests/judge_random.h"

#define OPS_PER_S 1e6

struct made_run {
	struct shape shape;
	double lazyfree[SHAPE_SAMPLES_MAX], ops[SHAPE_SAMPLES_MAX], calls[SHAPE_SAMPLES_MAX],
		churn[SHAPE_SAMPLES_MAX], faults[SHAPE_SAMPLES_MAX], cpu[SHAPE_SAMPLES_MAX],
		steal[SHAPE_SAMPLES_MAX], other[SHAPE_SAMPLES_MAX], runs[SHAPE_SAMPLES_MAX],
		speed[SHAPE_SAMPLES_MAX], uncounted[SHAPE_SAMPLES_MAX], threads[SHAPE_SAMPLES_MAX];
	struct judge_input input;
};

/* What chance makes of a program: how it scatters, how it falls, what the host takes. */
struct habits {
	double noise, fall, taken, slow, calls, faults;
};

static double chance(uint64_t *state, double zero, double low, double high)
{
	double place = random_uniform(state), share = random_uniform(state);

	return place < zero ? 0.0 : low * pow(high / low, share);
}

static struct habits draw_habits(uint64_t *state)
{
	struct habits habits;

	habits.noise = chance(state, 0.1, 1e-3, 0.1);
	habits.fall = chance(state, 0.5, 0.01, 0.3);
	habits.taken = chance(state, 0.4, 1e-3, 0.3);
	habits.slow = chance(state, 0.4, 1e-3, 0.1);
	habits.calls = chance(state, 0.3, 1e-9, 1e-6);
	habits.faults = chance(state, 0.2, 1e-8, 1e-4);
	return habits;
}

static void step(struct made_run *run, size_t i, const struct habits *habits, uint64_t *state)
{
	double t = run->shape.t[i] - run->shape.t[i - 1];
	double progress = (double)i / (double)run->shape.n;
	double taken = fmax(habits->taken * (progress + 0.3 * random_normal(state)), 0.0);
	double slow = fmax(1.0 + habits->slow * random_normal(state), 0.2);
	double ops = OPS_PER_S * t * (1.0 - habits->fall * progress) *
		     fmax(1.0 + habits->noise * random_normal(state), 0.0) * (1.0 - taken) / slow;

	run->ops[i] = run->ops[i - 1] + floor(ops);
	run->calls[i] = run->calls[i - 1] + random_poisson(state, ops * habits->calls);
	run->churn[i] = run->churn[i - 1] + random_poisson(state, ops * habits->calls);
	run->faults[i] =
		run->faults[i - 1] +
		random_poisson(state, ops * habits->faults * (1.0 + habits->fall * progress));
	run->uncounted[i] = run->calls[i] - run->calls[0] > 3 ? 1.0 : 0.0;
	run->cpu[i] = run->cpu[i - 1] + t * (1.0 - taken);
	run->steal[i] = run->steal[i - 1] + t * taken;
	run->other[i] = run->other[i - 1] + t * taken * 0.1;
	run->runs[i] = run->runs[i - 1] + 20;
	run->speed[i] = run->speed[i - 1] + 20 * 4e-6 * slow;
	run->threads[i] = 1.0;
	run->lazyfree[i] = i % 5 ? NAN : 4096.0 * floor(30.0 * random_uniform(state));
}

static void add_losses(size_t seed, struct judge_input *input)
{
	input->lost_events = seed % 5 == 1 ? 3 : 0;
	input->unfollowed = seed % 7 == 2 ? 1 : 0;
	input->skipped = seed % 11 == 3 ? 2 : 0;
	input->compat = seed % 5 == 3 ? 1 : 0;
	input->missed_ticks = seed % 4 == 3 ? 0.1 * (double)input->n : 0;
	input->target_failed = seed % 13 == 4;
	input->target_end = input->target_failed ? "it was killed by SIGSEGV" : NULL;
}

static void make_run(size_t family, size_t seed, size_t again, struct made_run *run)
{
	uint64_t of_program = 1000 * family + seed, state = of_program + 77 * again + 1;
	struct habits habits = draw_habits(&of_program);
	struct judge_input *input = &run->input;

	shape_make(family, seed, again, 0, &run->shape);
	run->ops[0] = run->calls[0] = run->churn[0] = run->faults[0] = run->cpu[0] = run->steal[0] =
		run->other[0] = run->runs[0] = run->speed[0] = run->uncounted[0] = 0.0;
	run->threads[0] = 1.0;
	run->lazyfree[0] = 0.0;
	for (size_t i = 1; i < run->shape.n; i++)
		step(run, i, &habits, &state);
	*input = (struct judge_input){.n = run->shape.n,
		.t_s = run->shape.t,
		.page_bytes = 4096,
		.warmup_s = seed % 6 == 5 ? 20 : -1};
	input->series[SERIES_RSS] = run->shape.rss;
	input->series[SERIES_LAZYFREE] = seed % 3 ? NULL : run->lazyfree;
	input->series[SERIES_OPS] = seed % 9 == 8 ? NULL : run->ops;
	input->series[SERIES_BUDGET_CALLS] = run->calls;
	input->series[SERIES_CHURN_CALLS] = run->churn;
	input->series[SERIES_FAULTS] = run->faults;
	input->series[SERIES_CPU] = run->cpu;
	input->series[SERIES_STEAL] = run->steal;
	input->series[SERIES_OTHER_CPU] = run->other;
	input->series[SERIES_SPEED_RUNS] = seed % 2 ? run->runs : NULL;
	input->series[SERIES_SPEED] = seed % 2 ? run->speed : NULL;
	input->series[SERIES_THREADS] = run->threads;
	input->series[SERIES_UNCOUNTED_CALLS] = seed % 4 == 1 ? run->uncounted : NULL;
	input->uncounted_names = seed % 4 == 1 ? "env" : NULL;
	add_losses(seed + 3 * again, input);
}

static void print_result(const char *run, const char *rule, const struct rule_result *result)
{
	printf("%s\t%s\tverdict\t%s\n", run, rule, verdict_name(result->verdict));
	printf("%s\t%s\tfigures\t%.17g %.17g %.17g %.17g %.17g %.17g\n", run, rule,
		result->estimate, result->low, result->high, result->detectable, result->target,
		result->more_s);
	printf("%s\t%s\treason\t%s\n", run, rule, text_of(&result->reason));
	printf("%s\t%s\tadvice\t%s\n", run, rule, text_of(&result->advice));
	for (size_t i = 0; i < RULE_FIGURES && result->also[i].name; i++)
		printf("%s\t%s\t%s\t%.17g\n", run, rule, result->also[i].name,
			result->also[i].value);
}

static struct judgement judge(const char *run, const struct judge_input *input)
{
	struct judge_settings settings;
	struct judgement judgement;

	judge_settings_init(&settings);
	settings.skip[RULE_CHURN_BUDGET] = false;
	if (judge_run(input, &settings, &judgement) != 0)
		abort();
	printf("%s\t-\tall\t%s %.17g %.17g %s %s\n", run, verdict_name(judgement.verdict),
		judgement.from_s, judgement.to_s, text_of(&judgement.steady_how),
		text_of(&judgement.reason));
	for (int r = 0; r < RULE_COUNT; r++)
		print_result(run, judge_rule_info(r)->name, &judgement.rules[r]);
	return judgement;
}

static void judge_seed(size_t family, size_t seed)
{
	static struct made_run made[2];
	struct regression_settings settings;
	struct regression_judgement found;
	struct judgement judgement[2];
	struct judge_input rss;
	char name[96];

	make_run(family, seed, 0, &made[0]);
	make_run(family, seed, 1, &made[1]);
	rss = (struct judge_input){.n = made[0].input.n,
		.t_s = made[0].input.t_s,
		.series[SERIES_RSS] = made[0].shape.rss,
		.page_bytes = 4096,
		.warmup_s = -1};
	snprintf(name, sizeof(name), "%s/%zu\tRSS", shape_families[family].name, seed);
	judgement[0] = judge(name, &rss);
	judgement_release(&judgement[0]);
	for (int i = 0; i < 2; i++) {
		snprintf(
			name, sizeof(name), "%s/%zu\trun %d", shape_families[family].name, seed, i);
		judgement[i] = judge(name, &made[i].input);
	}
	regression_settings_init(&settings);
	regression_judge(&(struct regression_side){&made[0].input, &judgement[0]},
		&(struct regression_side){&made[1].input, &judgement[1]}, &settings, &found);
	snprintf(name, sizeof(name), "%s/%zu\tagainst", shape_families[family].name, seed);
	printf("%s\t-\tall\t%s %s\n", name, verdict_name(found.verdict), text_of(&found.reason));
	for (int r = 0; r < REGRESSION_COUNT; r++)
		print_result(name, regression_name(r), &found.rules[r]);
	regression_release(&found);
	judgement_release(&judgement[0]);
	judgement_release(&judgement[1]);
}

int main(int argc, char **argv)
{
	size_t runs = argc > 1 ? strtoul(argv[1], NULL, 10) : 20;

	for (size_t family = 0; family < shape_family_count; family++)
		for (size_t seed = 0; seed < runs; seed++)
			judge_seed(family, seed);
	return 0;
}
