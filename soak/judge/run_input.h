/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a run file to what the judge wants to see. */
#ifndef SOAK_JUDGE_RUN_INPUT_H
#define SOAK_JUDGE_RUN_INPUT_H

#include "soak/judge/judge.h"
#include "soak/record/run_reader.h"

/*
 * The input that a run makes: samples up to the end of the observation; the target's shutdown is
 * not judged, nor is what comes after `until_s`. `warmup_s` overrides the recorded one unless NaN.
 * It points into the run, which must outlive it. Returns 0 or a negative errno. run_input_free()
 * accepts NULL.
 */
struct run_input;

int run_input_new(struct run *run, double warmup_s, double until_s, struct run_input **ret_input);
void run_input_free(struct run_input *input);
const struct judge_input *run_input_get(const struct run_input *input);

/*
 * The settings for a run that was looked at while it grew: it is judged as it was then, see
 * looks.h.
 */
struct judge_settings run_input_settings(
	const struct run *run, const struct judge_settings *settings);

/* Judges a run: builds the input and calls judge_run(). Returns 0 or a negative errno. */
int judge_recording(struct run *run, double warmup_s, const struct judge_settings *settings,
	struct judgement *ret_judgement);

#endif
