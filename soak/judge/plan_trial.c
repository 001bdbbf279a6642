/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generated runs: see plan_trial.h. Called by plan.c. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "soak/judge/plan_trial.h"
#include "soak/judge/rules.h"

#define SAMPLES 600
#define FEW_RUNS 20
#define RUNS 200
#define WORTH_MORE_RUNS 0.85
/* of RUNS: then at least PLAN_POWER of all would be, with a chance of 95 % */
#define SHARE_ENOUGH 0.93
#define SHORTEST_S 10.0
#define LONGEST_S (30.0 * 86400.0)
#define STEP 1.1

/* Means of blocks of AR(1) noise of unit variance are themselves all but AR(1). */
struct noise {
	double deviation, correlation, last;
};

static struct noise noise_begin(
	const gsl_rng *random, double every_s, double memory_s, double block_s)
{
	double phi = memory_s > 0.0 ? exp(-every_s / memory_s) : 0.0;
	double m = fmax(block_s / every_s, 1.0), left = 1.0 - pow(phi, m);
	double variance =
		((1.0 + phi) / (1.0 - phi) - 2.0 * phi * left / (m * (1.0 - phi) * (1.0 - phi))) /
		m;
	struct noise noise = {.deviation = sqrt(variance), .last = gsl_ran_gaussian(random, 1.0)};

	noise.correlation = phi * left * left / ((1.0 - phi) * (1.0 - phi) * m * m * variance);
	return noise;
}

static double noise_next(const gsl_rng *random, struct noise *noise)
{
	noise->last =
		noise->correlation * noise->last +
		sqrt(1.0 - noise->correlation * noise->correlation) * gsl_ran_gaussian(random, 1.0);
	return noise->deviation * noise->last;
}

struct series {
	double t[SAMPLES + 1], resident[SAMPLES + 1], ops[SAMPLES + 1], faults[SAMPLES + 1];
	double beside[SAMPLES + 1], none[SAMPLES + 1];
};

/* As many samples as there would be, but no more than it takes: longer steps are means. */
static double sample_count(const struct plan_trial *trial, double seconds)
{
	bool growth = judge_rule_info(trial->rule)->growth == GROWTH_BYTES;
	double every_s = growth ? plan_resident(trial->program, trial->rule)->every_s
				: trial->program->ops_every_s;

	return fmin(floor(seconds / every_s), SAMPLES);
}

static void generate(const struct plan_trial *trial, double seconds, int steps,
	const gsl_rng *random, struct series *series)
{
	const struct plan_program *program = trial->program;
	double step_s = seconds / steps;
	const struct plan_resident *resident = plan_resident(program, trial->rule);
	struct noise bytes_noise =
		noise_begin(random, resident->every_s, resident->memory_s, step_s);
	struct noise ops = noise_begin(random, program->ops_every_s, program->ops_memory_s, step_s);
	double page = program->page_bytes, phase = gsl_rng_uniform(random);
	double grown = 1.0 + trial->fault_growth_pct / 100.0;

	for (int i = 0; i <= steps; i++) {
		double t = i * step_s, progress = t / seconds, bytes = resident->bytes, pace;

		bytes += trial->leak_bytes_per_s * t;
		bytes += resident->noise * resident->bytes * noise_next(random, &bytes_noise);
		pace = program->ops_per_s * (1.0 - trial->ops_fall_pct / 100.0 * progress) *
		       (1.0 + program->ops_noise * noise_next(random, &ops));
		series->t[i] = t;
		series->resident[i] = floor(bytes / page + phase) * page;
		series->beside[i] = resident->beside_bytes;
		series->none[i] = 0.0;
		series->ops[i] = i ? series->ops[i - 1] + fmax(pace, 0.0) * step_s : 0.0;
		series->faults[i] = 0.0;
		if (i)
			series->faults[i] =
				series->faults[i - 1] +
				gsl_ran_poisson(random, fmin(program->faults_per_s * step_s, 1e9) *
								(progress > 0.5 ? grown : 1.0));
	}
}

static void show(
	const struct plan_trial *trial, const struct series *series, struct judge_input *input)
{
	input->t_s = series->t;
	input->series[SERIES_OPS] = series->ops;
	input->series[SERIES_FAULTS] = series->faults;
	if (trial->rule != RULE_MEMORY_DRIFT) {
		input->series[SERIES_RSS] = series->resident;
		return;
	}
	input->series[SERIES_MEMORY] = series->resident;
	input->series[SERIES_FILE] = series->beside;
	input->series[SERIES_SHMEM] = input->series[SERIES_SWAP] = input->series[SERIES_PGTABLES] =
		series->none;
}

/* The share of `runs` runs of this length with the wanted verdict, or a negative errno. */
static double share_of(const struct plan_trial *trial, double seconds, int runs)
{
	struct series *series = malloc(sizeof(*series));
	gsl_rng *random = gsl_rng_alloc(gsl_rng_taus2);
	struct judge_settings settings = *trial->settings;
	struct judgement judgement;
	double count = sample_count(trial, seconds);
	int wanted = 0, steps = (int)count, code = series && random ? 0 : -ENOMEM;

	for (int r = 0; r < RULE_COUNT; r++)
		settings.skip[r] = r != (int)trial->rule;
	for (int run = 0; !code && steps > 0 && run < runs; run++) {
		struct judge_input input = {.n = (size_t)steps + 1,
			.page_bytes = trial->program->page_bytes,
			.warmup_s = 0.0};

		generate(trial, seconds, steps, random, series);
		show(trial, series, &input);
		code = judge_run(&input, &settings, &judgement);
		if (code)
			break;
		wanted += judgement.rules[trial->rule].verdict == trial->want;
		judgement_release(&judgement);
	}
	if (random)
		gsl_rng_free(random);
	free(series);
	return code ? code : (double)wanted / runs;
}

double plan_trial_length(const struct plan_trial *trial)
{
	for (double seconds = SHORTEST_S; seconds <= LONGEST_S; seconds *= STEP) {
		double share = share_of(trial, seconds, FEW_RUNS);

		if (share >= WORTH_MORE_RUNS)
			share = share_of(trial, seconds, RUNS);
		if (share < 0.0 || share >= SHARE_ENOUGH)
			return share < 0.0 ? share : seconds;
	}
	return INFINITY;
}
