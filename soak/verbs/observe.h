/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options and course of run and attach: they differ in where the target comes from. */
#ifndef SOAK_OBSERVE_H
#define SOAK_OBSERVE_H

#include <argp.h>
#include <limits.h>

#include "soak/judge/judge.h"
#include "soak/run/session.h"

struct observe {
	struct session_options session;
	struct judge_settings settings;
	bool stop_when_sure;
	char output[PATH_MAX];
	bool quiet, json;
	bool duration_given;
};

/* A child parser for both verbs; its input is a struct observe. */
extern const struct argp observe_argp;

void observe_init(struct observe *observe);

/* Runs the session, then judges and prints. Returns an exit code. */
int observe_run(struct observe *observe);

#endif
