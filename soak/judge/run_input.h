/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds the judge's input from a run file. */
#ifndef SOAK_JUDGE_RUN_INPUT_H
#define SOAK_JUDGE_RUN_INPUT_H

#include "soak/judge/judge.h"
#include "soak/record/run_reader.h"

/*
 * The judge's input from a run: its samples up to the end of the observation, at most up to
 * `until_s`; the target's shutdown is not judged. `warmup_s` overrides the recorded value unless
 * NaN. The input points into the run, which must outlive it. Returns 0 or a negative errno.
 * run_input_free() accepts NULL.
 */
struct run_input;

int run_input_new(struct run *run, double warmup_s, double until_s, struct run_input **ret_input);
void run_input_free(struct run_input *input);
const struct judge_input *run_input_get(const struct run_input *input);

/*
 * The settings for this run: profile and excluded windows as recorded, unless they were given. A
 * run that --stop-when-sure ended is judged as at the look that decided, see looks.h.
 */
struct judge_settings run_input_settings(
	const struct run *run, const struct judge_settings *settings);

/*
 * The window that `text` gives by times or marks (excluded_window()); of NULL the steady one, or
 * the whole run if there is none. Returns 0 or a negative errno with a line in `error`.
 */
int run_input_window(struct run *run, const struct judgement *judgement, const char *text,
	struct judge_window *ret_window, struct text *error);

/* Judges a run: builds the input and calls judge_run(). Returns 0 or a negative errno. */
int judge_recording(struct run *run, double warmup_s, const struct judge_settings *settings,
	struct judgement *ret_judgement);

#endif
