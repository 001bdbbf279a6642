/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A judged run on one screen, for people; and as one JSON object, for programs. */
#ifndef SOAK_SCORECARD_H
#define SOAK_SCORECARD_H

#include <stdio.h>

#include "soak/judge/judge.h"
#include "soak/record/run_reader.h"

/* `colour` marks verdicts with terminal colours. */
void scorecard_print(FILE *out, struct run *run, const struct judgement *judgement, bool colour);

/* "mixed under hakmem", on one line, not ended. */
void scorecard_print_what(FILE *out, struct run *run);

/*
 * {"verdict", "steady": {"from_s", "to_s"}, "rules": [{"rule", "verdict", "estimate", "low",
 * "high", "target", "unit", "reason", "advice"}...], "losses": {...}, "run": {...}}. Figures that
 * do not exist are null. Returns 0 or -ENOMEM.
 */
int scorecard_json(FILE *out, struct run *run, const struct judgement *judgement);

#endif
