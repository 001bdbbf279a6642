/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options and course of run and attach: they differ in where the target comes from. */
#ifndef SOAK_OBSERVE_H
#define SOAK_OBSERVE_H

#include <argp.h>
#include <limits.h>

#include "soak/judge/judge.h"
#include "soak/run/session.h"
#include "soak/verbs/format_options.h"

struct observe {
	struct session_options session;
	struct judge_settings settings;
	char judge_options[512]; /* the same as options */
	bool stop_when_sure;
	char output[PATH_MAX];
	struct format_options format;
	bool quiet;
	bool duration_given, allocator_given;
	bool unjudged;    /* record only */
	bool interrupted; /* left behind by observe_run() */
};

/* What both verbs parse by: children, whose inputs are set at ARGP_KEY_INIT. */
const struct argp_child *observe_children(void);
void observe_inputs(struct observe *observe, struct argp_state *state);

void observe_init(struct observe *observe);

/*
 * One setting: duration, interval, warmup, ops, budget-scope, profile, allow-exit or output, which
 * keeps `value`.
 * Returns 0, -ENOENT if there is no such key, or -EINVAL with what is wrong with the value and what
 * the choices are.
 */
int observe_set(struct observe *observe, const char *key, const char *value, char *error,
	size_t error_size);

/* "soak-WHAT-TIME" and the ending; of a path its last part. */
void observe_name(char *ret_name, size_t size, const char *what, const char *ending);

/* Runs the session, then judges and prints. Returns an exit code. */
int observe_run(struct observe *observe);

#endif
