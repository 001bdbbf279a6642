/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a run file to what the judge wants to see. */
#ifndef SOAK_JUDGE_RUN_INPUT_H
#define SOAK_JUDGE_RUN_INPUT_H

#include "soak/judge/judge.h"
#include "soak/record/run_reader.h"

/*
 * Judges a run: builds the input (samples up to the end of the observation; the target's shutdown
 * is not judged) and calls judge_run(). `warmup_s` overrides the recorded one unless NaN. Returns 0
 * or a negative errno.
 */
int judge_recording(struct run *run, double warmup_s, const struct judge_settings *settings,
	struct judgement *ret_judgement);

#endif
